"""A quota: so much CPU time, also when nobody else wants it (sched-bwc.rst; cpu.max, cpu.cfs_quota_us)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from random import Random

from nslab.course.checking import look
from nslab.course.checking.exercise import Exercise
from nslab.course.checking.outcome import Finding, NotBegun
from nslab.course.checking.scene import Scene
from nslab.course.checking.stage import Stage

CLOSE = 0.5
"""Points: the kernel takes whole microseconds of a period."""


class Task(Exercise):
    """What counts is the least quota on the way up from wherever the process is."""

    lesson = "10"
    place = 1
    subsystems = ("cpu",)

    def values(self, draw: Random) -> Mapping[str, str | int | float]:
        return {"percent": draw.randrange(15, 65, 5) + draw.randint(1, 4)}

    def scene(self, stage: Stage) -> None:
        stage.process("visitor", ["sleep", "infinity"], where=stage.group("guest", "cpu"))

    def forms(self, scene: Scene) -> Mapping[str, object]:
        guest = scene.group("guest")
        return {"directory": guest.path("cpu"), "visitor": scene.pid("visitor"),
                "weight_file": guest.path("cpu", look.Group.weight.form_of(guest).file),
                "quota_file": guest.path("cpu", look.Group.quota.form_of(guest).file)}  # fmt: skip

    def check(self, scene: Scene) -> Iterator[Finding]:
        pid, percent = scene.pid("visitor"), int(scene.values["percent"])
        least = look.group_of(pid, "cpu").least("cpu", "quota")
        looked = f"the least quota from the cgroup of process {pid} up"
        wanted = f"{percent} % of one CPU"
        file = look.Group.quota.form_of(scene.group("guest")).file
        hints = (
            "A weight counts when somebody else wants the CPU. What counts also when nobody does?",
            f"A quota is CPU time in a period, both in microseconds. Here it stands in {file}.",
            f"{percent} % of a period of 100000 is {percent * 1000}. Where one file has both, the quota is first.",
        )
        if least is None:
            raise NotBegun(looked, wanted, "no quota", *hints)
        units = "Divide what stands there: CPU time by the period. Both are in microseconds, 100000 are 100 ms."
        yield Finding("quota", looked, wanted, f"{least:g} % of one CPU", abs(least - percent) <= CLOSE,
                      (units, *hints[1:]))  # fmt: skip
