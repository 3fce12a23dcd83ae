"""The account of a group: all that was ever in it and below (cpuacct.rst; cpu.stat of cgroup-v2.rst)."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from random import Random

from nslab.cgroups.core.quantities import CPU_TIME
from nslab.course.checking.exercise import Exercise
from nslab.course.checking.numbers import compared, number
from nslab.course.checking.outcome import Finding
from nslab.course.checking.scene import Scene
from nslab.course.checking.stage import Stage

ROUNDING = 0.01
"""Of the bill: the account is exact, and stands still by now."""
DEPARTMENTS = ("chemistry", "history")
INNER = ("lab", "office")
NUMBER = ("Answer with a number of euros, such as 1.25.",)
BILLED = (
    "The account outlives the processes. Which file of the group's has it, and in which unit?",
    "v1 counts nanoseconds (cpuacct.usage), v2 microseconds (usage_usec of cpu.stat). What is inside is in it already.",
    "The seconds of chemistry's own directory, times the price. Nothing is to be added.",
)


class Task(Exercise):
    """How much each has used is drawn, and what the kernel says of it counts."""

    lesson = "11"
    place = 1
    kind = "reckon"
    answer = "a number of euros"
    subsystems = ("cpuacct",)

    def values(self, draw: Random) -> Mapping[str, str | int | float]:
        return {"price": draw.randint(3, 19)}

    def scene(self, stage: Stage) -> None:
        for role in DEPARTMENTS:
            stage.group(role, "cpuacct")
        for role in INNER:
            stage.group(role, parent=stage.cgroups["chemistry"])
        for role in ("chemistry", *INNER):
            stage.cgroups[role].call(work, stage.draw.uniform(0.05, 0.15))
        # So little that half of all is far from chemistry's part.
        stage.cgroups["history"].call(work, stage.draw.uniform(0.02, 0.04))

    def forms(self, scene: Scene) -> Mapping[str, object]:
        groups = {role: scene.group(role) for role in (*DEPARTMENTS, *INNER)}
        used = {role: float(CPU_TIME.of(group)) for role, group in groups.items()}
        inside, price = sum(used[role] for role in INNER), int(scene.values["price"])
        wrong = {"own": used["chemistry"] - inside, "doubled": used["chemistry"] + inside,
                 "half": sum(used[role] for role in DEPARTMENTS) / 2}  # fmt: skip
        file = CPU_TIME.form_of(groups["chemistry"]).file
        return {
            **{role: group.path("cpuacct") for role, group in groups.items()}, "file": file,
            **{key: f"{round(seconds * price, 3):g}" for key, seconds in wrong.items()},
            "seconds": f"{round(used['chemistry'], 3):g}",
        }  # fmt: skip

    def check(self, scene: Scene) -> Iterator[Finding]:
        said, price = number(scene.answer), int(scene.values["price"])
        if said is None:
            yield Finding("number", "your answer", "a number of euros", scene.answer, False, NUMBER)
            return
        seconds = float(CPU_TIME.of(scene.group("chemistry")))
        bill = seconds * price
        right, told = compared(said, bill, f"{bill:.3f} euros ({seconds:.4f} s)", ROUNDING * bill)
        yield Finding("bill", f"the account of {scene.group('chemistry').path('cpuacct')}, times {price} euros",
                      f"{said:g} euros, as you said", told, right, BILLED)  # fmt: skip


def work(seconds: float) -> None:
    """Use so much CPU time."""
    while time.process_time() < seconds:
        pass
