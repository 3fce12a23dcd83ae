"""A root that is the mount namespace's, and not of one process (pivot_root(2), chroot(2))."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator

from nslab.course.checking import look
from nslab.course.checking.container import Step, release, root_of
from nslab.course.checking.look import Process
from nslab.course.checking.outcome import Finding
from nslab.course.checking.scene import Scene

ROOT = (
    "Which calls change where / is? One changes a process, the other the mount namespace.",
    'The new root has to be a mount point: bind the directory. Then pivot_root(".", ".") from inside it.',
)
JOIN = (
    "The process has its root. The list of mounts still begins with the machine's.",
    "chroot() is a property of one process. pivot_root() changes what the namespace itself begins with.",
    'After pivot_root(".", ".") the old root lies on top of the new one: umount2(".", MNT_DETACH).',
)
DEVICE = (
    "A program that throws away its output fails in there. Which file does it open?",
    "A tmpfs on dev, an empty file in it, and the machine's /dev/null bound on that, before the root is changed.",
)


class Task(Step):
    """Who joins a mount namespace by setns(2) begins at its root: there chroot(2) shows what it has not changed."""

    place = 4
    namespaces = ("mnt",)

    def look_at(self, inside: Process, scene: Scene) -> Iterator[Finding]:
        image = release(root_of(inside.pid))
        yield Finding(
            "root", f"what /etc/os-release says to process {inside.pid}", "nslab", image, image == "nslab", ROOT
        )
        joined = look.inside(inside.pid, ["mnt"], lambda: release("/"))
        yield Finding("join", "what it says to who joins its mount namespace", "nslab", joined, joined == "nslab", JOIN)
        null = f"{root_of(inside.pid)}/dev/null"
        there = os.path.exists(null) and stat.S_ISCHR(os.stat(null).st_mode)
        found = "a device" if there else "none"
        yield Finding("null", f"/dev/null of process {inside.pid}", "a device", found, there, DEVICE)
