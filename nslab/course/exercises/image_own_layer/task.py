"""An overlay over a directory of the machine, with a file that was changed in it ("Overlay Filesystem")."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Mapping
from random import Random

from nslab.course.checking import look, words
from nslab.course.checking.exercise import Exercise
from nslab.course.checking.nearest import listed, nearest
from nslab.course.checking.outcome import Finding, NotBegun
from nslab.course.checking.scene import Scene
from nslab.lab.power import privilege
from nslab.linux import files

PLACE, BELOW = "/mnt", "/usr/share"
MOST = 1 << 12
"""Bytes of the file that are read: it has a word in it."""
NOTHING = (
    "Which file system lays one directory over another? Lesson 18 has its demo.",
    "It needs three directories beside the lower one, and a mount namespace, so that nobody else sees it.",
    "nslab.Sandbox(mnt=True), a tmpfs in it for upper and work, mount -t overlay -o lowerdir=…,upperdir=…,workdir=….",
)
KIND = (
    "What lies there is a copy, or the directory itself. Which file system has a lower and an upper layer?",
    "mount -t overlay. What is there is seen in /proc/PID/mountinfo, behind the hyphen.",
)
LOWER = (
    "An overlay's layers are named by its options; /proc/PID/mountinfo shows them at the end of the line.",
    f"lowerdir={BELOW}",
)
CHANGED = (
    "The overlay is there. What is missing is the change: who may make it, and where?",
    f"Write it as the process sees it, below {PLACE}, and not below {BELOW}.",
)
MACHINE = ("It was written to the machine's own directory. An overlay's change goes to the upper layer.",
           f"Remove it from {BELOW}, and write it below {PLACE}, as the process sees it.")  # fmt: skip


class Task(Exercise):
    """The check looks at what lies on /mnt for processes in other mount namespaces, and takes the nearest."""

    lesson = "18"
    place = 1
    namespaces = ("mnt",)

    def values(self, draw: Random) -> Mapping[str, str | int | float]:
        file, word = words.names(draw, 2)
        return {"file": file, "word": word}

    def forms(self, scene: Scene) -> Mapping[str, object]:
        # An ordinary user may not write the attributes that overlay has by default.
        return {"own": "" if privilege.rules_the_machine("CAP_SYS_ADMIN") else ",userxattr"}

    def check(self, scene: Scene) -> Iterable[Finding]:
        others = {each.ns["mnt"]: each.pid for each in look.processes() if each.has_own("mnt")}
        found = [seen for pid in others.values() if (seen := _seen(pid, scene))]
        best = nearest(found, "lower", "file")
        if not best:
            looked = f"what is mounted on {PLACE} for processes in other mount namespaces than the machine's"
            there = listed((f"{kind.found} (lowerdir: {lower.found})" for kind, lower, *_ in found), "nothing")
            raise NotBegun(looked, f"an overlay over {BELOW}", there, *NOTHING)
        return best


def _seen(pid: int, scene: Scene) -> list[Finding]:
    """What a process sees on /mnt, or nothing, where nothing is mounted there."""
    try:
        there = [each for each in look.mounts(pid) if each.point == PLACE]
    except OSError:  # it has ended meanwhile, or is not to be looked at: then it is not this one
        return []
    if not there:
        return []
    top, name, word = there[-1], str(scene.values["file"]), str(scene.values["word"])
    options = dict(each.partition("=")[::2] for each in top.super_options.split(","))
    lower, changed = options.get("lowerdir", "none"), _text(f"/proc/{pid}/root{PLACE}/{name}")
    on_the_machine = os.path.exists(f"{BELOW}/{name}")
    return [
        Finding("fstype", f"what is mounted on {PLACE} for process {pid}", "an overlay", top.fstype,
                top.fstype == "overlay", KIND),
        Finding("lower", "its lower layer (lowerdir)", BELOW, lower, BELOW in lower.split(":"), LOWER),
        Finding("upper", "its upper layer (upperdir)", "a directory", options.get("upperdir", "none"),
                "upperdir" in options, LOWER),
        Finding("machine", f"{BELOW}/{name} of the machine", "absent", "there" if on_the_machine else "absent",
                not on_the_machine, MACHINE),
        Finding("file", f"{PLACE}/{name}, as process {pid} sees it", word, changed, changed == word, CHANGED),
    ]  # fmt: skip


def _text(path: str) -> str:
    # It is absent, or no file, or not this user's to read: then it is not what was wanted.
    with contextlib.suppress(OSError):
        if os.path.isfile(path) and os.path.getsize(path) <= MOST:
            return files.read(path).strip()
    return "absent"
