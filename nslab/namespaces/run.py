"""Run the demo of a namespace type: its parts from the host, their controls on a stand-in for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from typing import Any

from nslab.experiment import run as runner
from nslab.experiment.evidence import Evidence, Inode
from nslab.experiment.expect import Isolated, Value
from nslab.experiment.parts import Part
from nslab.lab.client.host import host
from nslab.lab.client.options import checked_setup
from nslab.lab.client.place import Place
from nslab.linux import process
from nslab.linux.flags import FLAGS

ADDED = "you are not root here: each child also got a user namespace (CLONE_NEWUSER)"


def run(kind: str, claim: str, parts: Sequence[Part], only: str | Sequence[str] | None, options: Mapping[str, Any],
        standin: Mapping[str, Any], load: str | None = None) -> Evidence:  # fmt: skip
    """Run the parts (or those named in `only`) and return their Evidence.

    Each part is called with the place that is its host, with `treated`, and with its options. `standin` are the options
    of the sandbox that stands in for the host, where a part or a control needs one; none for a demo that can harm
    nothing. `load` is a module that is imported once, below the fork server, so that it is there in every process of
    the experiment and in no other. Raises ValueError for an unknown part, `nslab.Unsupported`.
    """
    # Checked once: a type that this kernel lacks is one error, and not one for each part.
    checked_setup((FLAGS[kind],), {})

    with _base(load) as base:

        @contextmanager
        def stage(part: Part, treated: bool) -> Iterator[Sequence[Place]]:
            with nullcontext(base) if treated and not part.standin else base.sandbox(**standin) as place:
                yield (place,)

        evidence = runner.run(f"nslab.namespaces.{kind}", claim, parts, only, options, stage=stage,
                              standin=bool(standin), measures=False)  # fmt: skip
    if process.has_capability(process.CAP_SYS_ADMIN) or kind == "user":
        return evidence
    return replace(evidence, notes=(ADDED, *evidence.notes))


@contextmanager
def _base(load: str | None) -> Iterator[Place]:
    if load is None:
        yield host()
        return
    with host().sandbox() as place:
        place.load(load)
        yield place


def own_namespace(kind: str, before: Value, inside: Value, after: Value) -> Inode:
    """The line that tells whether a part had a namespace of its own: the inode of the host's, of the part's, of the
    host's again.
    """
    return Inode("inode", f"inode of the {kind} namespace", before, inside, after, Isolated())
