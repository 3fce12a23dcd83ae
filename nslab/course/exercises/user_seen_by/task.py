"""A uid as several user namespaces translate it: each by its own map, from the number outside (user_namespaces(7))."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from random import Random
from typing import Any

from nslab.course.checking import look
from nslab.course.checking.exercise import Exercise
from nslab.course.checking.outcome import Finding
from nslab.course.checking.scene import Scene
from nslab.course.checking.stage import Stage

SEEN_BY = ("inner", "outer", "neighbour", "blank")
NUMBERS = ("Answer with four whole numbers, such as 1 2 3 4: the uid as inner, outer, neighbour and blank see it.",)
HINTS = {
    "inner": (
        "The first number of a map's line is an id inside. Whose map does a process see itself through?",
        "In inner it has the number that inner's own map begins with.",
    ),
    "outer": (
        "The second number of inner's line is an id of the namespace that it was made in.",
        "outer sees it as the id that inner's map names second: that of outer's own line.",
    ),
    "neighbour": (
        "Below all maps the process has one id, outside. Is that one in neighbour's map?",
        "A map does not ask through which namespaces an id came. The id outside is yours, and neighbour maps it.",
    ),
    "blank": (
        "What is an id called that is in no line of the map?",
        "/proc/sys/kernel/overflowuid has the number.",
    ),
}


class Task(Exercise):
    """The check joins each of the user namespaces and reads /proc/PID/status there: the kernel translates."""

    lesson = "07"
    place = 3
    kind = "reckon"
    answer = "four uids"
    namespaces = ("user",)

    def values(self, draw: Random) -> Mapping[str, str | int | float]:
        outer, inner, neighbour = draw.sample(range(2000, 60000), 3)
        return {"outer": outer, "inner": inner, "neighbour": neighbour}

    def scene(self, stage: Stage) -> None:
        uid, gid, drawn = os.geteuid(), os.getegid(), {role: int(stage.values[role]) for role in SEEN_BY[:3]}
        outer = stage.sandbox("outer", **_one_line(drawn["outer"], uid, gid))
        stage.sandbox("inner", parent=outer, **_one_line(drawn["inner"], drawn["outer"], drawn["outer"]))
        stage.sandbox("neighbour", **_one_line(drawn["neighbour"], uid, gid))
        stage.sandbox("blank", user=True, uid_map=(), gid_map=())

    def forms(self, scene: Scene) -> Mapping[str, object]:
        return {"pid": scene.pid("inner")}

    def check(self, scene: Scene) -> Iterator[Finding]:
        answered, pid = scene.answer.replace(",", " ").split(), scene.pid("inner")
        if len(answered) != len(SEEN_BY) or not all(each.isdigit() for each in answered):
            yield Finding("numbers", "your answer", "four whole numbers", scene.answer, False, NUMBERS)
            return
        for role, said in zip(SEEN_BY, map(int, answered), strict=True):
            right = look.ids(pid, scene.pid(role))[0] == said
            # What the kernel says there is not said before it has been reckoned.
            found = f"{'the same' if right else 'another than'} {said}"
            yield Finding(role, f"the uid of process {pid} in /proc/PID/status, read in {role}",
                          "what you have reckoned", found, right, HINTS[role])  # fmt: skip


def _one_line(inside: int, uid: int, gid: int) -> dict[str, Any]:
    return {"user": True, "uid_map": [(inside, uid, 1)], "gid_map": [(inside, gid, 1)]}
