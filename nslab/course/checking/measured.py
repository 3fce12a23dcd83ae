"""What groups of a scene get of one CPU while they want it: loads of the check's own, which end with it.

The loads are on a CPU on which nobody else of nslab's measures meanwhile, and the scene's groups weigh ten times as
much as what else runs there, so that a busy machine blurs no answer.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from nslab.cgroups.bench import load, measure
from nslab.cgroups.bench.turns import WEIGHT_DEFAULT, alone
from nslab.cgroups.core.knobs import WEIGHT
from nslab.cgroups.core.location import home
from nslab.cgroups.core.quantities import CPU_TIME
from nslab.course.checking.look import Group
from nslab.course.checking.scene import Scene
from nslab.lab.upkeep import cgroup_cleanup
from nslab.linux import cgroupfs, files

SETTLED = 0.2
"""Seconds until the scheduler has made up for loads that began one after the other."""
EVERY = 0.1


@dataclass(frozen=True)
class Used:
    """CPU seconds of each group in so many seconds by the clock."""

    seconds: float
    cpu: dict[str, float]

    def percent(self, name: str) -> float:
        """A group's share of what all of them used."""
        return 100 * self.cpu[name] / (sum(self.cpu.values()) or 1)


def used(scene: Scene, loads: Mapping[str, int], seconds: float, enough: float = 0.0) -> Used:
    """Run so many loops in each of these groups of a scene, all on one CPU, and read what each has used by then.

    The groups have the subsystems cpu and cpuacct. With `enough` it goes on, for eight times `seconds` at most, until
    all together have used so many CPU seconds. Raises OSError, `nslab.Unsupported`.
    """
    groups = {name: scene.group(name) for name in loads}
    directories = {name: tuple({path for _, path in group.directories.values()}) for name, group in groups.items()}
    with alone() as (cpu,), _heard(_session(scene, groups)):
        each = [(home(), burn_in, (directories[name], cpu)) for name, count in loads.items() for _ in range(count)]
        with measure.running(each):
            sources = {name: partial(CPU_TIME.of, group) for name, group in groups.items()}
            found = measure.sample(sources, seconds, EVERY, warm_up=SETTLED, enough=enough)
    first = next(iter(found.values()))
    return Used(first[-1][0] - first[0][0], {name: each[-1][1] - each[0][1] for name, each in found.items()})


def burn_in(directories: tuple[str, ...], cpu: int) -> None:
    """Move into these cgroups, and use up whatever CPU time there is."""
    for directory in directories:
        cgroupfs.add(directory, 0)
    load.burn((cpu,))


def _session(scene: Scene, groups: Mapping[str, Group]) -> Group:
    """The group that all groups of a scene are in."""
    name = cgroup_cleanup.directory_name(scene.notes["scope"])
    above = next(iter(groups.values())).upwards("cpu")
    return next(each for each in above if os.path.basename(each.path("cpu")) == name)


@contextlib.contextmanager
def _heard(group: Group) -> Iterator[None]:
    """Let a group weigh more than others that want the CPU, as long as it is measured."""
    _weigh(group, 10 * WEIGHT_DEFAULT)
    try:
        yield
    finally:
        _weigh(group, WEIGHT_DEFAULT)


def _weigh(group: Group, weight: int) -> None:
    for file, text in WEIGHT.files(group, weight):
        files.write(group.path("cpu", file), text)
