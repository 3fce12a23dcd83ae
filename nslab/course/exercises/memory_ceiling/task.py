"""A limit on the memory of a process that runs already (cgroups(7); memory.max, memory.limit_in_bytes)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from random import Random

from nslab.cgroups.core.units import shown_size
from nslab.course.checking import look
from nslab.course.checking.exercise import Exercise
from nslab.course.checking.outcome import Finding, NotBegun
from nslab.course.checking.scene import Scene
from nslab.course.checking.stage import Stage

MIB = 1 << 20


class Task(Exercise):
    """What counts is the least limit on the way up from wherever the process is: who moves it may, too."""

    lesson = "12"
    place = 1
    subsystems = ("memory",)

    def values(self, draw: Random) -> dict[str, str | int | float]:
        return {"limit": draw.randrange(32, 128, 4)}

    def scene(self, stage: Stage) -> None:
        group = stage.group("service", "memory")
        stage.process("leaker", ["sleep", "infinity"], where=group)

    def forms(self, scene: Scene) -> Mapping[str, object]:
        group = scene.group("service")
        file = look.Group.memory_max.form_of(group).file
        high = group.path("memory", look.Group.memory_high.form_of(group).file)
        return {"file": group.path("memory", file), "high": high, "leaker": scene.pid("leaker")}

    def check(self, scene: Scene) -> Iterator[Finding]:
        wanted = int(scene.values["limit"]) * MIB
        least = look.group_of(scene.pid("leaker"), "memory").least("memory", "memory_max")
        looked = f"the least limit on memory from the cgroup of process {scene.pid('leaker')} up"
        file = look.Group.memory_max.form_of(scene.group("service")).file
        hints = (
            "Which file of a cgroup says how much memory it may have? Its directory is given.",
            f"Write a number of bytes, or one with M: {wanted >> 20} MiB is {wanted}.",
            f"echo {wanted} > {file}, in the directory that is given.",
        )
        if least is None:
            raise NotBegun(looked, shown_size(wanted), "no limit", *hints)
        more = "The kernel counts in bytes, and rounds down to whole pages. A MiB is 1024 × 1024 bytes."
        yield Finding("limit", looked, shown_size(wanted), f"{shown_size(least)} ({least} bytes)", least == wanted,
                      (more, *hints[1:]))  # fmt: skip
