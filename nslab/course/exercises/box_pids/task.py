"""A pid namespace, and the proc that belongs to it (pid_namespaces(7))."""

from __future__ import annotations

from collections.abc import Iterator

from nslab.course.checking import pids
from nslab.course.checking.container import Step, own
from nslab.course.checking.look import Process
from nslab.course.checking.outcome import Finding
from nslab.course.checking.scene import Scene
from nslab.linux import ns

PIDS = (
    "Who is in a new pid namespace: the one that asked for it, or its children?",
    "clone() with CLONE_NEWPID puts the child in it, as number 1; after unshare() it is the next child (--fork).",
)
PROC = (
    "The numbers are its own. /proc was mounted long before, for the machine's namespace.",
    "A proc that is mounted by a process of the new namespace lists that one. On the machine's /proc nobody wants it.",
    "CLONE_NEWNS beside CLONE_NEWPID; in the child make / private, then mount proc on /proc.",
)


class Task(Step):
    """Whose processes its /proc lists is asked of that proc itself."""

    place = 3
    namespaces = ("pid", "mnt")

    def look_at(self, inside: Process, scene: Scene) -> Iterator[Finding]:
        yield own("pid", inside, PIDS)
        yield own("mnt", inside, PROC[1:])
        listed = pids.listed_by_proc(inside.pid)
        right = listed == inside.ns["pid"]
        found = "its own" if right else "the machine's" if listed == ns.inode("pid") else "none"
        looked = f"the pid namespace that the /proc of process {inside.pid} lists"
        yield Finding("proc", looked, "its own", found, right, PROC)
