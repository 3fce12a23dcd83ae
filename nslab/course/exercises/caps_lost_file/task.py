"""A program that was copied, and whose file has lost its capability (capabilities(7), "File capabilities")."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator, Mapping
from random import Random

from nslab.course.checking import look, words
from nslab.course.checking.exercise import Exercise
from nslab.course.checking.outcome import Finding
from nslab.course.checking.scene import Scene
from nslab.course.checking.stage import Stage
from nslab.linux import filecaps, mount

CHOICE = ("CAP_NET_ADMIN", "CAP_NET_BIND_SERVICE", "CAP_NET_RAW", "CAP_SYS_CHROOT", "CAP_SYS_NICE")
LOST = (
    "Compare the two files with getcap(8). What has the old one that the new one has not?",
    "cp(1) copies what is in a file. Its capabilities are an extended attribute, and stay behind.",
    "In the sandbox, as its root: setcap cap_NAME=ep FILE. (setcap is in libcap2-bin, in /usr/sbin.)",
)
EFFECTIVE = (
    "The file has it. The program would have to put it into its effective set itself, and does not know how.",
    "Of setcap's letters p is permitted, and e puts it into effect when the program starts.",
    "setcap cap_NAME=ep FILE",
)
SETUID = (
    "With the setuid bit of root's file everybody gets all that root has. One capability was wanted.",
    "chmod u-s FILE",
)


class Task(Exercise):
    """The check reads the extended attribute and the mode of the program, in the sandbox's own namespaces."""

    lesson = "16"
    place = 2
    kind = "mend"
    namespaces = ("user", "mnt")

    def values(self, draw: Random) -> Mapping[str, str | int | float]:
        capability, other = draw.sample(CHOICE, 2)
        names = {"capability": capability, "small": capability.lower(), "other": other.lower()}
        return {**names, "program": f"{words.name(draw)}d"}

    def scene(self, stage: Stage) -> None:
        box = stage.sandbox("machine", user=True, mnt=True)
        box.call(_updated, f"/mnt/{stage.values['program']}", str(stage.values["capability"]))

    def forms(self, scene: Scene) -> Mapping[str, object]:
        return {"pid": scene.pid("machine")}

    def check(self, scene: Scene) -> Iterator[Finding]:
        path, wanted = f"/mnt/{scene.values['program']}", str(scene.values["capability"])
        try:
            (has, effective), mode = look.inside(scene.pid("machine"), ["user", "mnt"], lambda: _read(path))
        except FileNotFoundError:
            yield Finding("there", f"the file {path}", "a program", "none", False, LOST[:1])
            return
        found = ", ".join(sorted(has)) or "none"
        yield Finding("file", f"the capabilities of the file {path}", wanted, found, has == {wanted}, LOST)
        yield Finding("effective", "whether they are in effect when it starts", "yes", "yes" if effective else "no",
                      effective, EFFECTIVE)  # fmt: skip
        yield Finding("setuid", f"the setuid bit of {path}", "not set", "set" if mode & stat.S_ISUID else "not set",
                      not mode & stat.S_ISUID, SETUID)  # fmt: skip


def _updated(path: str, capability: str) -> None:
    """Make the program of before the update, and the new one, which is a copy of it."""
    mount.mount("nslab", "/mnt", "tmpfs")
    shutil.copy(shutil.which("sleep") or "sleep", f"{path}.old")
    filecaps.give(f"{path}.old", [capability])
    shutil.copy(f"{path}.old", path)


def _read(path: str) -> tuple[tuple[frozenset[str], bool], int]:
    return filecaps.of(path), os.stat(path).st_mode
