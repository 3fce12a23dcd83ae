"""The maps of a user namespace, written from outside (user_namespaces(7), "Defining user and group ID mappings")."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Mapping
from random import Random

from nslab.course.checking import look
from nslab.course.checking.exercise import Exercise
from nslab.course.checking.outcome import Finding, NotBegun
from nslab.course.checking.scene import Scene
from nslab.course.checking.stage import Stage
from nslab.linux import idmap
from nslab.linux.flags import CloneFlag

EMPTY = (
    "A process that is in no map is 65534 to itself. Where in /proc is the map of a process?",
    "/proc/PID/uid_map can be written from outside, once: first inside, first outside, how many.",
    "echo '{inside} '$(id -u)' 1' >/proc/{pid}/uid_map",
)
WRITTEN = (
    "This map has a line, with another number inside. The kernel takes a map once, and no second one.",
    "`nslab reset user-no-map` makes a service without maps again. The first number of a line is the id inside.",
)
GROUP = (
    "The uid is right. Who is in no map of groups has the gid 65534. Which file is theirs?",
    "An ordinary user has to write deny to /proc/{pid}/setgroups before the kernel takes a gid_map.",
    "echo deny >/proc/{pid}/setgroups; echo '{inside} '$(id -g)' 1' >/proc/{pid}/gid_map",
)


class Task(Exercise):
    """Once they are written the maps cannot be changed: then only a reset helps, and the hint says so."""

    lesson = "07"
    place = 2
    kind = "mend"
    namespaces = ("user",)

    def values(self, draw: Random) -> Mapping[str, str | int | float]:
        uid, gid = draw.sample(range(2000, 60000), 2)
        return {"uid": uid, "gid": gid}

    def scene(self, stage: Stage) -> None:
        stage.call("service", signal.pause, CloneFlag.CLONE_NEWUSER, uid_map=(), gid_map=())

    def forms(self, scene: Scene) -> Mapping[str, object]:
        return {"service": scene.pid("service")}

    def check(self, scene: Scene) -> Iterator[Finding]:
        pid = scene.pid("service")
        if not idmap.read("uid", pid) and not idmap.read("gid", pid):
            hints = _filled(EMPTY, pid, scene.values["uid"])
            raise NotBegun(f"the uid_map and the gid_map of process {pid}", "a line in each", "both are empty", *hints)
        for which, number in zip(("uid", "gid"), look.ids(pid), strict=True):
            missing = GROUP if which == "gid" else EMPTY
            hints = WRITTEN if idmap.read(which, pid) else _filled(missing, pid, scene.values[which])
            yield Finding(which, f"the {which} of process {pid} as it sees itself", str(scene.values[which]),
                          str(number), number == scene.values[which], hints)  # fmt: skip


def _filled(hints: tuple[str, ...], pid: int, inside: object) -> tuple[str, ...]:
    return tuple(hint.format(pid=pid, inside=inside) for hint in hints)
