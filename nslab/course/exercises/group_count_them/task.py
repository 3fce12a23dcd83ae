"""Where the children of a process are that is moved in between (cgroups(7), rule 4 of the lesson)."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from random import Random

from nslab.cgroups.bench import load, measure
from nslab.cgroups.core.location import home
from nslab.course.checking.exercise import Exercise
from nslab.course.checking.numbers import compared
from nslab.course.checking.outcome import Finding
from nslab.course.checking.scene import Scene
from nslab.course.checking.stage import Stage
from nslab.lab.upkeep.cgroup_cleanup import wait_until
from nslab.linux import cgroupfs, process

NUMBER = ("Answer with a whole number.",)
MISCOUNTED = (
    "A child starts in the group in which its parent is at that moment. Nobody follows who is moved later.",
    "Count for *second*: the script, its workers, and what those have started. The helpers were there before the move.",
    "1 for the script, one for each worker, and as many more as each worker starts.",
)


class Task(Exercise):
    """The check makes these very processes, and they end with it."""

    lesson = "09"
    place = 4
    kind = "reckon"
    answer = "a number of processes"
    measures = True
    subsystems = ("pids",)

    def values(self, draw: Random) -> Mapping[str, str | int | float]:
        return {"early": draw.randint(3, 6), "late": draw.randint(2, 5), "each": draw.randint(2, 4)}

    def scene(self, stage: Stage) -> None:
        for role in ("first", "second"):
            stage.group(role, "pids")

    def forms(self, scene: Scene) -> Mapping[str, object]:
        early, late, each = _numbers(scene)
        return {"all": 1 + early + late + late * each, "without_script": late + late * each, "children": 1 + late}

    def check(self, scene: Scene) -> Iterator[Finding]:
        looked = "the processes in second, once the script has done all this"
        if not scene.answer.isdecimal():
            yield Finding("number", "your answer", "a number of processes", scene.answer, False, NUMBER)
            return
        groups = [scene.group(role) for role in ("first", "second")]
        before = [len(group.all_procs("pids")) for group in groups]
        first, second = (group.path("pids") for group in groups)
        with measure.running([(home(), script, (first, second, *_numbers(scene)))]):
            counted = len(groups[1].all_procs("pids")) - before[1]
        # They end with the script, some milliseconds later.
        wait_until(lambda: [len(group.all_procs("pids")) for group in groups] == before)
        right, told = compared(int(scene.answer), counted)
        yield Finding("count", looked, f"{scene.answer}, as you said", told, right, MISCOUNTED)


def _numbers(scene: Scene) -> tuple[int, int, int]:
    early, late, each = (int(scene.values[key]) for key in ("early", "late", "each"))
    return early, late, each


def script(first: str, second: str, early: int, late: int, each: int) -> None:
    """What the text tells, with processes that wait; says when all are there."""
    cgroupfs.add(first, 0)
    done, told = os.pipe()
    for _ in range(early):
        _start(0, told)
    cgroupfs.add(second, 0)
    for _ in range(late):
        _start(each, told)
    for _ in range(early + late):
        os.read(done, 1)
    os.write(1, load.READY.encode())
    time.sleep(60)


def _start(more: int, told: int) -> None:
    """Fork a process that starts so many others, says so, and waits; it ends with its parent."""
    if process.fork():
        return
    process.die_with_parent()
    for _ in range(more):
        if process.fork() == 0:
            process.die_with_parent()
            time.sleep(60)
            os._exit(0)
    os.write(told, b".")
    time.sleep(60)
    os._exit(0)
