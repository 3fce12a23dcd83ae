"""A tmpfs that one process sees, with a size (mount_namespaces(7), tmpfs(5))."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from random import Random

from nslab.cgroups.core.units import shown_size
from nslab.course.checking import look, words
from nslab.course.checking.exercise import Exercise
from nslab.course.checking.nearest import listed, nearest
from nslab.course.checking.outcome import Finding, NotBegun
from nslab.course.checking.scene import Scene

PLACE = "/mnt"
MIB = 1 << 20
NOTHING = (
    "Which flag of clone(2) gives a process a list of mounts of its own? Lesson 06 has it.",
    "With CLONE_NEWNS a process may mount a tmpfs that nobody else sees. It has to live while you check.",
    "box = nslab.Sandbox(mnt=True); then box.run('mount -t tmpfs -o size=… scratch /mnt'), and the file.",
)
KIND = (
    "tmpfs(5) is one filesystem in memory, and there is another. Which of them has a limit?",
    "mount -t tmpfs. What is there is seen in /proc/PID/mountinfo, behind the hyphen.",
)
MACHINE = (
    "It is mounted for everybody. What must a process have before it may mount something for itself?",
    "umount /mnt on the machine. Then mount it in a process that has CLONE_NEWNS, and a private list.",
)


class Task(Exercise):
    """The check looks at what lies on /mnt for processes in other mount namespaces, and takes the nearest."""

    lesson = "06"
    place = 1
    namespaces = ("mnt",)

    def values(self, draw: Random) -> Mapping[str, str | int | float]:
        return {"size": draw.randrange(3, 30), "file": words.name(draw)}

    def check(self, scene: Scene) -> Iterable[Finding]:
        others = {each.ns["mnt"]: each.pid for each in look.processes() if each.has_own("mnt")}
        found = [seen for pid in others.values() if (seen := _seen(pid, scene))]
        best = nearest(found, "size", "file")
        if not best:
            looked = f"what is mounted on {PLACE} for processes in other mount namespaces than the machine's"
            there = listed((f"{kind.found} ({size.found})" for kind, size, *_ in found), "nothing")
            wanted = f"a tmpfs of {scene.values['size']} MiB with {scene.values['file']}"
            raise NotBegun(looked, wanted, there, *NOTHING)
        return best


def _seen(pid: int, scene: Scene) -> list[Finding]:
    """What a process sees on /mnt, or nothing, where nothing is mounted there."""
    try:
        fstypes = [each.fstype for each in look.mounts(pid) if each.point == PLACE]
        room = os.statvfs(f"/proc/{pid}/root{PLACE}")
        there = os.listdir(f"/proc/{pid}/root{PLACE}")
        apart = os.stat(PLACE).st_dev != os.stat(f"/proc/{pid}/root{PLACE}").st_dev
    except OSError:  # it has ended meanwhile, or what lies there is not to be looked at: then it is not this one
        return []
    if not fstypes:
        return []
    wanted, size, file = int(scene.values["size"]) * MIB, room.f_blocks * room.f_frsize, str(scene.values["file"])
    has = shown_size(size) if size else "no limit"
    count = (
        "An option of mount(8) limits a tmpfs; without it it gets half of the memory.",
        f"-o size={wanted >> 20}m, with the letter: a bare number counts bytes. {wanted >> 20} MiB are {wanted} bytes.",
    )
    name = ("The filesystem is right; something in it is missing.", f"Make {PLACE}/{file} as that process sees it.")
    return [
        Finding("fstype", f"what is mounted on {PLACE} for process {pid}", "a tmpfs", fstypes[-1],
                fstypes[-1] == "tmpfs", KIND),
        Finding("size", f"its size for process {pid} (statfs(2))", shown_size(wanted), has, size == wanted, count),
        Finding("file", f"the files in {PLACE} for process {pid}", file, ", ".join(there[:5]) or "none", file in there,
                name),
        Finding("machine", f"what the machine has at {PLACE}", "another filesystem",
                "another filesystem" if apart else "the same", apart, MACHINE),
    ]  # fmt: skip
