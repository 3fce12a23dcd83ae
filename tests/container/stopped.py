"""A container that stops after each call of its start, and a program that starts one of each to be killed with them.

`python -m tests.container.stopped ROOTFS` starts as many containers as the start has calls, stops each after another
one, says so, and waits to be killed. `python -m tests.container.stopped ROOTFS POINT` ends itself by SIGKILL at one of
POINTS.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import signal
import sys
from typing import Any

from nslab.container import inside
from nslab.container.container import Container
from nslab.lab.client.child import Child
from nslab.lab.client.host import host
from nslab.linux import trace

SOME = 20
"""One in so many has a limit."""
MARK = "stops after "
POINTS = {
    "its limits and its pipe are made": ("nslab.container.network", "named"),
    "its first process waits": ("nslab.container.network", "connected"),
    "it has its interfaces": ("nslab.linux.nat", "translated"),
    "it has its addresses translated": ("nslab.lab.upkeep.journal", "need"),
    "all is there": ("nslab.container.network.Gate", "open"),
}
"""How far it has come → the function that is called next."""


class Stopping(Container):
    """One that stops after its call number `after`."""

    after = 0

    def _clone(self, clone: Any, spec: Any, stream: bool) -> Child:
        def instead(fn: Any, *flags: Any, args: tuple[Any, ...], **more: Any) -> Child:
            assert fn is inside.become
            return clone(become, *flags, args=(*args, self.after), **more)

        return super()._clone(instead, spec, stream)


def become(spec: dict[str, Any], after: int) -> None:
    """The first process of a container, up to its call number `after`; SIGSTOP it would not take from itself."""
    note, made = trace.note, []

    def noted(name: str, *args: Any, **more: Any) -> None:
        note(name, *args, **more)
        made.append(name)
        if len(made) == after:
            os.write(1, f"{MARK}{len(made)} {name}\n".encode())
            signal.pause()

    trace.note = noted
    inside.become(spec)


def all_of_them(rootfs: str) -> None:
    """Start one that stops after the first call, one after the second, …, until one becomes its command."""
    names = []
    with contextlib.ExitStack() as end:
        while True:
            # Each cgroup has a server of its own, and what is stopped in one is as in another.
            box = Stopping(rootfs, **({} if len(names) % SOME else {"pids_max": 20}))
            box.after = len(names) + 1
            child = end.enter_context(box.start(["/bin/echo", "it is", "itself"], stream=False))
            said = child.heard("\n")
            if not said.startswith(MARK):
                break
            names.append(said.split()[-1])
        print(host().session, *names, flush=True)
        sys.stdin.read()


def at(rootfs: str, point: str) -> None:
    """Be killed where the start has come that far."""
    where, name = POINTS[point]
    try:
        owner: Any = importlib.import_module(where)
    except ModuleNotFoundError:
        module, _, owner_name = where.rpartition(".")
        owner = getattr(importlib.import_module(module), owner_name)
    print(host().session, flush=True)
    setattr(owner, name, lambda *_: os.kill(os.getpid(), signal.SIGKILL))
    Container(rootfs, network="veth", pids_max=20).run(["/bin/true"])


if __name__ == "__main__":
    all_of_them(sys.argv[1]) if len(sys.argv) == 2 else at(*sys.argv[1:])
