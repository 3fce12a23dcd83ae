"""UTS and IPC namespaces of the container's own (uts_namespaces(7), ipc_namespaces(7))."""

from __future__ import annotations

from collections.abc import Iterator

from nslab.course.checking import look
from nslab.course.checking.container import Step, own
from nslab.course.checking.look import Process
from nslab.course.checking.outcome import Finding
from nslab.course.checking.scene import Scene

HINTS = (
    "Which two types of namespace hold names? One has the host name, the other keys of System V IPC.",
    "clone() takes their flags where fork() has none: CLONE_NEWUTS and CLONE_NEWIPC.",
    "In the child, before exec: sethostname('by-hand'). Or unshare --uts --ipc in front of it all.",
)


class Task(Step):
    """The name is read by a process that joins the namespace for a moment."""

    place = 2
    namespaces = ("uts", "ipc")

    def look_at(self, inside: Process, scene: Scene) -> Iterator[Finding]:
        yield own("uts", inside, HINTS)
        name = look.hostname(inside.pid)
        yield Finding("name", f"the host name of process {inside.pid}", "by-hand", name, name == "by-hand", HINTS[1:])
        yield own("ipc", inside, HINTS)
