"""Weights in a tree: each level divides what the level above was given (sched-design-CFS.rst)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from random import Random

from nslab.course.checking import look, measured
from nslab.course.checking.exercise import Exercise
from nslab.course.checking.numbers import compared, number
from nslab.course.checking.outcome import Finding
from nslab.course.checking.scene import Scene
from nslab.course.checking.stage import Stage

LEAVES = ("north", "anna", "ben")
TOLERANCE, CLEAR = 4.0, 10.0
"""Points that a measured share may be off, and that each answer that comes from a mistake is off at least."""
SECONDS, ENOUGH = 0.3, 1.2
"""Of measuring, and the CPU seconds that shares need to be exact to a point or two."""
NUMBER = ("Answer with a number of percent, such as 12.5.",)
RECKONED = (
    "Weights compete with those of the groups beside them, and no others. Who is beside *anna*, who beside *south*?",
    "First divide the CPU between north and south. Then divide what the south has between anna and ben.",
    "100 × south / (north + south) × anna / (anna + ben), with the weights that the kernel tells.",
)


class Task(Exercise):
    """The weights are in the kernel alone; they are drawn so that the usual mistakes are far off."""

    lesson = "10"
    place = 3
    kind = "reckon"
    answer = "a number of percent"
    measures = True
    subsystems = ("cpu", "cpuacct")

    def scene(self, stage: Stage) -> None:
        weights = _drawn(stage.draw)
        firm = stage.group("firm", "cpu", "cpuacct", told=False)
        for role in ("north", "south"):
            stage.group(role, parent=firm, weight=weights[role])
        for role in ("anna", "ben"):
            stage.group(role, parent=stage.cgroups["south"], weight=weights[role])

    def forms(self, scene: Scene) -> Mapping[str, object]:
        groups = {role: scene.group(role) for role in ("north", "south", "anna", "ben")}
        file = look.Group.weight.form_of(groups["north"]).file
        weights = {role: int(group.read("cpu", file)) for role, group in groups.items()}
        wrong = {key: f"{percent:.0f}" for key, percent in _mistakes(weights).items()}
        return {**{role: group.path("cpu", file) for role, group in groups.items()}, **wrong}

    def check(self, scene: Scene) -> Iterator[Finding]:
        said = number(scene.answer)
        if said is None or not 0 < said <= 100:
            yield Finding("number", "your answer", "a number of percent, at most 100", scene.answer, False, NUMBER)
            return
        found = measured.used(scene, dict.fromkeys(LEAVES, 1), SECONDS, ENOUGH).percent("anna")
        looked = "what anna got of a CPU on which a loop ran in north, in anna and in ben"
        right, told = compared(said, found, f"{found:.1f} %", TOLERANCE)
        yield Finding("share", looked, f"{said:g} %, as you said", told, right, RECKONED)


def _drawn(draw: Random) -> dict[str, int]:
    while True:
        weights = {role: draw.randrange(50, 1000, 50) for role in ("north", "south", "anna", "ben")}
        right = _right(weights)
        if right > CLEAR and all(abs(right - wrong) > CLEAR for wrong in _mistakes(weights).values()):
            return weights


def _right(weights: Mapping[str, int]) -> float:
    north, south, anna, ben = (weights[role] for role in ("north", "south", "anna", "ben"))
    return 100 * south / (north + south) * anna / (anna + ben)


def _mistakes(weights: Mapping[str, int]) -> dict[str, float]:
    """What comes out for who looks at one level alone, puts all three beside each other, or divides by heads."""
    north, south, anna, ben = (weights[role] for role in ("north", "south", "anna", "ben"))
    return {"beside_ben": 100 * anna / (anna + ben), "side_by_side": 100 * anna / (north + anna + ben),
            "department": 100 * south / (north + south), "equal": 100 / 3}  # fmt: skip
