"""A ceiling where a share was meant (sched-design-CFS.rst, sched-bwc.rst)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from random import Random

from nslab.course.checking import look
from nslab.course.checking.exercise import Exercise
from nslab.course.checking.outcome import Finding
from nslab.course.checking.scene import Scene
from nslab.course.checking.stage import Stage

CLOSE = 0.03
"""Weights are whole numbers: 100 to 33 is nearly 3 to 1."""
DEFAULT = 100
"""The weight of a group that was given none, and of a single process among groups, in v2's terms."""
CEILING = (
    "A group that is alone on the CPU and does not get all of it: what stops it?",
    "cpu.stat of the group counts periods and throttles. That is a quota's work, and a quota holds always.",
    "No quota is written as max in cpu.max, and as -1 in cpu.cfs_quota_us.",
)
SHARE = (
    "What says who gets more when two groups want the same CPU, and says nothing when one of them is alone?",
    "A weight is no percent: it is so many parts of all parts that are wanted. What is their ratio to be?",
    "Give one group so many times the number of the other, in cpu.weight (v1: cpu.shares).",
)


class Task(Exercise):
    """The ratio is that of the two groups at which the ways up from the two processes part."""

    lesson = "10"
    place = 2
    kind = "mend"
    subsystems = ("cpu",)

    def values(self, draw: Random) -> Mapping[str, str | int | float]:
        return {"times": draw.randint(3, 9)}

    def scene(self, stage: Stage) -> None:
        shop = stage.group("shop", "cpu")
        backup = stage.group("backup", "cpu", quota=stage.draw.randint(8, 25))
        stage.process("server", ["sleep", "infinity"], where=shop)
        stage.process("archiver", ["sleep", "infinity"], where=backup)

    def forms(self, scene: Scene) -> Mapping[str, object]:
        shop, backup = scene.group("shop"), scene.group("backup")
        weight, quota = look.Group.weight.form_of(shop).file, look.Group.quota.form_of(shop).file
        none = " ".join(text for file, text in look.Group.quota.files(shop, None) if file == quota)
        return {"shop": shop.path("cpu"), "backup": backup.path("cpu"), "weight": weight, "quota": quota, "none": none}

    def check(self, scene: Scene) -> Iterator[Finding]:
        groups = {role: look.group_of(scene.pid(role), "cpu") for role in ("server", "archiver")}
        for role, group in groups.items():
            least = group.least("cpu", "quota")
            looked = f"the least quota from the cgroup of {role} (process {scene.pid(role)}) up"
            found = "none" if least is None else f"{least:g} % of one CPU"
            yield Finding(f"ceiling-{role}", looked, "none", found, least is None, CEILING)
        wanted = float(scene.values["times"])
        first, second = _weights(groups["server"], groups["archiver"])
        times = first / second
        yield Finding("share", "what server gets, when archiver wants the CPU as well", f"{wanted:g} times as much",
                      f"{times:.3g} times as much ({first} to {second} parts)", abs(times / wanted - 1) <= CLOSE,
                      SHARE)  # fmt: skip


def _weights(first: look.Group, second: look.Group) -> tuple[int, int]:
    """The weights with which two groups compete: where the ways to them part. Below that they divide with others."""
    ways = [_way(first), _way(second)]
    common = 0
    while len(ways[0]) > common < len(ways[1]) and ways[0][common].path("cpu") == ways[1][common].path("cpu"):
        common += 1
    one, other = (_weight(way[common]) if len(way) > common else _default(way[0]) for way in ways)
    return one, other


def _way(group: look.Group) -> list[look.Group]:
    """From the top down to a group, as far as groups have a weight: on v2 some have not been given the controller."""
    return [each for each in group.upwards("cpu") if look.Group.weight.is_there(each)][::-1]


def _weight(group: look.Group) -> int:
    return int(group.read("cpu", look.Group.weight.form_of(group).file))


def _default(group: look.Group) -> int:
    ((_, text),) = look.Group.weight.files(group, DEFAULT)
    return int(text)
