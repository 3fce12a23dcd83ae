"""Groups inside a group, and processes that are moved into them (cgroups(7))."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from random import Random

from nslab.course.checking import look, words
from nslab.course.checking.exercise import Exercise
from nslab.course.checking.outcome import Finding, NotBegun
from nslab.course.checking.scene import Scene
from nslab.course.checking.stage import Stage

TEAMS = {"anna": "first", "bert": "first", "carl": "second"}
NOTHING = (
    "A group is a directory. How is a directory made inside another?",
    "mkdir in the directory that is given makes a group; the kernel fills in its files.",
    "mkdir OFFICE/NAME, and then echo PID > OFFICE/NAME/cgroup.procs for each process.",
)
UNNAMED = (
    "There is no group of that name inside the office yet. The two are to lie beside each other in it.",
    "mkdir OFFICE/NAME, with the directory of the office and the name that is wanted.",
)
MISPLACED = (
    "Which file of a group says who is in it, and takes the number of whoever is to be moved?",
    "One number for each write: echo PID > cgroup.procs, in the directory of the team's group.",
)


class Task(Exercise):
    """The check asks where each process is, and takes any way by which it came there."""

    lesson = "09"
    place = 2
    subsystems = ("pids",)

    def values(self, draw: Random) -> Mapping[str, str | int | float]:
        first, second = words.names(draw, 2)
        return {"first": first, "second": second}

    def scene(self, stage: Stage) -> None:
        office = stage.group("office", "pids")
        for name in TEAMS:
            stage.process(name, ["sleep", "infinity"], where=office)

    def forms(self, scene: Scene) -> Mapping[str, object]:
        return {"office": scene.group("office").path("pids"), **{name: scene.pid(name) for name in TEAMS}}

    def check(self, scene: Scene) -> Iterator[Finding]:
        office = scene.group("office")
        if not office.below("pids"):
            raise NotBegun(f"the cgroups inside {office.path('pids')}",
                           f"{scene.values['first']} and {scene.values['second']}", "none", *NOTHING)  # fmt: skip
        for name, team in TEAMS.items():
            pid = scene.pid(name)
            wanted = office.path("pids", str(scene.values[team]))
            found = look.group_of(pid, "pids").path("pids")
            hints = MISPLACED if os.path.isdir(wanted) else UNNAMED
            yield Finding(name, f"the cgroup of {name} (process {pid})", wanted, found, found == wanted, hints)
