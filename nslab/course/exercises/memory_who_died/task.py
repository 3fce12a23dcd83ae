"""Three groups: one had an OOM kill, one gave its page cache back, one had a process killed by hand (cgroup-v2.rst)."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Mapping
from random import Random

from nslab.cgroups.bench import memload
from nslab.cgroups.core.group import Cgroup
from nslab.cgroups.core.quantities import LIMIT_MET, OOM_KILLS
from nslab.cgroups.core.units import MIB
from nslab.cgroups.memory.experiment import file_on_disk, swap_off
from nslab.course.checking import words
from nslab.course.checking.exercise import Exercise
from nslab.course.checking.outcome import Finding
from nslab.course.checking.scene import Scene
from nslab.course.checking.stage import Stage

LIMIT = 12 * MIB
FILE = 5 * LIMIT
PATIENCE = 10.0
"""Seconds within which each has ended; it takes some tenths."""


def _asks_for_too_much(group: Cgroup) -> None:
    group.clone(memload.grow, args=(2 * LIMIT, 0.0, 0.0), stream=False).wait(PATIENCE)


def _reads_a_large_file(group: Cgroup) -> None:
    with file_on_disk(FILE) as path:
        group.clone(memload.read, args=(path, 0.0), stream=False).wait(PATIENCE)


def _is_killed_by_hand(group: Cgroup) -> None:
    killed = group.clone(memload.hold, args=(LIMIT // 3,), stream=False)
    killed.heard(seconds=PATIENCE)
    killed.kill(signal.SIGKILL)
    killed.wait(PATIENCE)


NIGHTS = (_asks_for_too_much, _reads_a_large_file, _is_killed_by_hand)
NO_SUCH = ("Answer with the name of one of the three services, as the task has it.",)


class Task(Exercise):
    """Who had which night is drawn; the check reads the kernel's count of OOM kills, and knows nothing of the draw."""

    lesson = "12"
    place = 2
    kind = "find"
    answer = "the name of a service"
    subsystems = ("memory",)

    def values(self, draw: Random) -> Mapping[str, str | int | float]:
        return dict(zip(("first", "second", "third"), words.names(draw, 3), strict=True))

    def scene(self, stage: Stage) -> None:
        nights = stage.draw.sample(NIGHTS, len(NIGHTS))
        for name, night in zip(map(str, stage.values.values()), nights, strict=True):
            group = stage.group(name, "memory", memory_max=LIMIT)
            swap_off(group)
            night(group)
            stage.process(name, ["sleep", "infinity"], where=group)

    def forms(self, scene: Scene) -> Mapping[str, object]:
        groups = [scene.group(str(name)) for name in scene.values.values()]
        kills, met = OOM_KILLS.form_of(groups[0]), LIMIT_MET.form_of(groups[0])
        return {
            "kills": " ".join(group.path("memory", kills.file) for group in groups),
            "kills_key": kills.key,
            "met": " ".join(group.path("memory", met.file) for group in groups),
        }

    def check(self, scene: Scene) -> Iterator[Finding]:
        names = list(map(str, scene.values.values()))
        answered = scene.answered(self.name)
        if answered not in names:
            yield Finding("name", "the service that you named", f"one of {', '.join(names)}", scene.answer, False,
                          NO_SUCH)  # fmt: skip
            return
        group = scene.group(answered)
        source = OOM_KILLS.form_of(group)
        kills = int(OOM_KILLS.of(group))
        hints = (
            "137 says SIGKILL, and not from whom. Who counts the processes that the OOM killer has ended?",
            "That the limit was met is no kill: the kernel may have taken back what it had cached of files.",
            f"The line {source.key} of {source.file} counts the kills. Read it in all three groups.",
        )
        looked = f"the kernel's count of OOM kills in the group of {answered}"
        yield Finding("kills", looked, "one or more", str(kills), kills > 0, hints)
