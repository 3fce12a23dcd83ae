"""Where the demos of this room take place: a sandbox whose root has every capability, and none that counts outside."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from nslab.experiment.parts import Part
from nslab.lab.client.host import host
from nslab.lab.client.place import Place
from nslab.linux.flags import CloneFlag

ORDINARY = 1000
"""The uid of those who are not root in the sandbox."""
OWN = (CloneFlag.CLONE_NEWUSER, CloneFlag.CLONE_NEWNET, CloneFlag.CLONE_NEWUTS)


@contextmanager
def stage(part: Part, treated: bool) -> Iterator[Sequence[Place]]:
    """One sandbox for a part, with namespaces of its own that its user namespace owns."""
    with host().sandbox(user=True, mnt=True, uts=True, net=True) as box:
        yield (box,)


def ask_ordinary(box: Place, function: Callable[..., Any], *args: Any) -> Any:
    """What a function returns in a process that is uid 1000 with every capability, over namespaces of its own."""
    ids = [(ORDINARY, 0, 1)]
    return box.clone(function, *OWN, args=args, stream=False, uid_map=ids, gid_map=ids).result()
