"""Time namespaces inside of one another: what an offset is against, and what is inherited (time_namespaces(7))."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from random import Random

from nslab.course.checking import look
from nslab.course.checking.exercise import Exercise
from nslab.course.checking.outcome import Finding
from nslab.course.checking.scene import Scene
from nslab.course.checking.stage import Stage

HOUR = 3600
NUMBERS = ("Answer with three whole numbers of hours, such as 1 2 3.",)
WRITTEN = (
    "What is an offset against that is written inside of another time namespace: that one's clock, or the machine's?",
    "Against the machine's own clock. So it is what was written, and nothing is added.",
)
KEPT = (
    "A clock for which nothing is written is not set back. Where has it come from?",
    "A new time namespace begins with the offsets of the one that it was made in.",
)
ASKED = (("inner", "boottime", WRITTEN), ("inner", "monotonic", KEPT), ("heir", "boottime", KEPT))
"""The sandbox, the clock, and the hints, in the order of the answer."""


class Task(Exercise):
    """The check joins each namespace, reads the clock there, and compares it with the machine's."""

    lesson = "08"
    place = 3
    kind = "reckon"
    answer = "three numbers of hours"
    namespaces = ("time",)

    def values(self, draw: Random) -> Mapping[str, str | int | float]:
        boot, mono, inner = draw.sample(range(2, 200), 3)
        return {"boot": boot, "mono": mono, "inner": inner}

    def scene(self, stage: Stage) -> None:
        boot, mono, inner = (int(stage.values[key]) * HOUR for key in ("boot", "mono", "inner"))
        outer = stage.sandbox("outer", time=True, boottime=boot, monotonic=mono)
        between = stage.sandbox("inner", parent=outer, time=True, boottime=inner)
        stage.sandbox("heir", parent=between, time=True)

    def forms(self, scene: Scene) -> Mapping[str, object]:
        boot, inner = int(scene.values["boot"]), int(scene.values["inner"])
        return {"both": boot + inner, "pid_inner": scene.pid("inner"), "pid_heir": scene.pid("heir")}

    def check(self, scene: Scene) -> Iterator[Finding]:
        said = scene.answer.replace(",", " ").split()
        if len(said) != len(ASKED) or not all(each.isdigit() for each in said):
            yield Finding("numbers", "your answer", "three whole numbers", scene.answer, False, NUMBERS)
            return
        for (role, clock, hints), hours in zip(ASKED, said, strict=True):
            right = round(look.ahead(scene.pid(role))[clock] / HOUR) == int(hours)
            # What the clock says is not said before it has been reckoned.
            found = f"{'the same' if right else 'another than'} {hours}"
            yield Finding(f"{role}-{clock}", f"hours by which the {clock} of {role} is ahead of the machine's",
                          "what you have reckoned", found, right, hints)  # fmt: skip
