"""What a quota lets through, on the account of the group above (sched-bwc.rst, cpuacct.rst)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from random import Random

from nslab.course.checking import look, measured
from nslab.course.checking.exercise import Exercise
from nslab.course.checking.numbers import compared, number
from nslab.course.checking.outcome import Finding
from nslab.course.checking.scene import Scene
from nslab.course.checking.stage import Stage

DEPARTMENTS = ("chemistry", "history")
TOLERANCE = 0.15
"""Of the answer. A measurement of twenty periods may have one period more or less in it, and a slice of a CPU."""
MEASURED = 1.8
"""Seconds, with the time that it takes to begin two."""
NUMBER = ("Answer with a number of seconds, such as 4.5.",)
RECKONED = (
    "A quota holds for all of a group together, however many loops are in it. How much of a CPU do both let through?",
    "What is on the account of a group contains what is inside: add up both departments.",
    "Percent of chemistry plus percent of history, of one CPU, for as many seconds as the loops run.",
)


class Task(Exercise):
    """The quotas are in the kernel alone; the check runs these very loops, and they end with it."""

    lesson = "11"
    place = 4
    kind = "reckon"
    answer = "a number of seconds"
    measures = True
    subsystems = ("cpu", "cpuacct")

    def values(self, draw: Random) -> Mapping[str, str | int | float]:
        return {"seconds": draw.randrange(20, 95, 5), "chemistry_loops": draw.randint(2, 4),
                "history_loops": draw.randint(2, 4)}  # fmt: skip

    def scene(self, stage: Stage) -> None:
        faculty = stage.group("faculty", "cpu", "cpuacct")
        for role in DEPARTMENTS:
            stage.group(role, parent=faculty, quota=stage.draw.randint(10, 20))

    def forms(self, scene: Scene) -> Mapping[str, object]:
        seconds, groups = int(scene.values["seconds"]), {role: scene.group(role) for role in DEPARTMENTS}
        quotas = {role: float(look.Group.quota.of(group)) for role, group in groups.items()}
        loops = {role: int(scene.values[f"{role}_loops"]) for role in DEPARTMENTS}
        each = sum(quotas[role] * loops[role] for role in DEPARTMENTS)
        return {
            **{role: group.path("cpu") for role, group in groups.items()},
            "each_loop": f"{each / 100 * seconds:.2f}", "chemistry_alone": f"{quotas['chemistry'] / 100 * seconds:.2f}",
            "all_loops": sum(loops.values()) * seconds,
        }  # fmt: skip

    def check(self, scene: Scene) -> Iterator[Finding]:
        said, seconds = number(scene.answer), int(scene.values["seconds"])
        if said is None or not said:
            yield Finding("number", "your answer", "a number of seconds", scene.answer, False, NUMBER)
            return
        loops = {role: int(scene.values[f"{role}_loops"]) for role in DEPARTMENTS}
        used = measured.used(scene, loops, MEASURED)
        bill = sum(used.cpu.values()) / used.seconds * seconds
        looked = f"what both have used in {used.seconds:.1f} s, reckoned for {seconds} s"
        right, told = compared(said, bill, f"{bill:.2f} s", TOLERANCE * bill)
        yield Finding("bill", looked, f"{said:g} s, as you said", told, right, RECKONED)
