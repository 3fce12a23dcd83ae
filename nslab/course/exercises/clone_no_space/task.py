"""A limit on namespaces: each user namespace has its own, and ENOSPC is the answer (namespaces(7), /proc/sys/user)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from random import Random

from nslab.course.checking import look
from nslab.course.checking.exercise import Exercise
from nslab.course.checking.outcome import Finding
from nslab.course.checking.scene import Scene
from nslab.course.checking.stage import Stage
from nslab.linux import files, ns
from nslab.linux.flags import FLAGS
from nslab.linux.libc import answer

ENOSPC = (
    "ENOSPC is not always about a disk. unshare(2) lists what it means there.",
    "How many namespaces a user may have is limited by files in /proc/sys/user; each user namespace has its own.",
    "As root inside builder, write the number that is wanted to the file in /proc/sys/user that names the type.",
)
NUMBER = (
    "The command works; the limit is another than the one that the team wants.",
    "Inside builder, read the file in /proc/sys/user that names the type.",
)


class Task(Exercise):
    """The check reads the limit in the sandbox's user namespace, and asks the kernel for a namespace there."""

    lesson = "01"
    place = 4
    kind = "mend"
    namespaces = ("user", "uts", "ipc", "net")

    def values(self, draw: Random) -> Mapping[str, str | int | float]:
        kind = draw.choice(("uts", "ipc", "net"))
        return {"type": kind, "option": f"--{kind}", "limit": draw.randint(3, 40)}

    def scene(self, stage: Stage) -> None:
        builder = stage.sandbox("builder", user=True)
        builder.call(files.write, _file(str(stage.values["type"])), "0")

    def check(self, scene: Scene) -> Iterator[Finding]:
        builder, kind = scene.pid("builder"), str(scene.values["type"])
        said = look.inside(builder, ["user"], lambda: answer(ns.unshare, FLAGS[kind]))
        limit = int(look.inside(builder, ["user"], lambda: files.read(_file(kind))))
        wanted = int(scene.values["limit"])
        yield Finding("works", f"unshare({FLAGS[kind]}) in builder's user namespace", "ok", said, said == "ok", ENOSPC)
        yield Finding("limit", f"{_file(kind)} there", str(wanted), str(limit), limit == wanted, NUMBER)


def _file(kind: str) -> str:
    return f"/proc/sys/user/max_{kind}_namespaces"
