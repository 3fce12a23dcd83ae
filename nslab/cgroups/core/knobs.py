"""What can be set in a cgroup: one term for each knob, and the files and values that it is in v1 and in v2.

A Knob is a descriptor: on a Cgroup it reads and writes like an attribute. Its value is checked before any file is
written. What the kernel counts is in quantities.py. Source: Documentation/admin-guide/cgroup-v1/ and cgroup-v2.rst.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from nslab.cgroups.core import units
from nslab.cgroups.core.settings import (
    IO_KEYS,
    Bandwidth,
    Cpus,
    IoMax,
    Limit,
    Quota,
    Setting,
    Shares,
    Swappiness,
    Switch,
    Throttle,
    Weight,
)
from nslab.cgroups.core.terms import Files, Group, Term
from nslab.errors import checked_number, checked_whole
from nslab.lab.power.cpus import usable_cpus

WEIGHT_MAX = 10000
_PAGE = 4096


@dataclass(frozen=True, eq=False)
class Knob(Term[Setting]):
    """`check(name, value)` returns the value as it is kept. Raises TypeError or ValueError that names it."""

    check: Callable[[str, Any], Any]

    def of(self, group: Group) -> Any:
        """What is set now, in the terms of `check`."""
        return self.form_of(group).read(lambda file: group.read(self.subsystem, file))

    def files(self, group: Group, value: Any) -> Files:
        """What is to be written to a group's files for a value. Raises what `check` raises, `nslab.Unsupported`."""
        return self.form_of(group).files(self.check(self.name, value))

    def set(self, group: Group, value: Any) -> None:
        """Write a value. Raises what files() raises, OSError."""
        self.put(group, self.check(self.name, value))

    def put(self, group: Group, checked: Any) -> None:
        """Write a value that `check` has returned. Raises `nslab.Unsupported`, OSError."""
        group.write(self.subsystem, self.form_of(group).files(checked))

    def __set__(self, group: Any, value: Any) -> None:
        self.set(group, value)


def _weight(name: str, value: Any) -> int:
    return checked_whole(name, value, 1, WEIGHT_MAX)


def _bfq_weight(name: str, value: Any) -> int:
    return checked_whole(name, value, 1, 1000)


def _quota(name: str, value: Any) -> float | None:
    if value is None:
        return None
    # 1 ms in 100 ms is the least that the kernel takes.
    return checked_number(name, value, 1, 100 * len(usable_cpus()), "percent of one CPU")


def _burst(name: str, value: Any) -> int:
    return checked_whole(name, value, 0, 1_000_000, "microseconds")


def _limit(name: str, value: Any) -> int | None:
    return None if value is None else units.checked_size(name, value, low=_PAGE) // _PAGE * _PAGE


def _size(name: str, value: Any) -> int | None:
    return None if value is None else units.checked_size(name, value)


def _count(name: str, value: Any) -> int | None:
    return None if value is None else checked_whole(name, value, 1, 4_194_304, "processes and threads")


def _switch(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"{name}={value!r}: give True or False")
    return value


def _io(name: str, value: Any) -> dict[str, dict[str, int | None]]:
    wanted = f"{name}={value!r}: give a limit for each device, such as {{'/dev/loop0': {{'wbps': '4M'}}}}"
    if not isinstance(value, dict) or not value:
        raise TypeError(wanted)
    checked: dict[str, dict[str, int | None]] = {}
    for device, limits in value.items():
        numbers = units.checked_device(f"{name} device", device)
        if not isinstance(limits, dict) or not limits:
            raise TypeError(wanted)
        for key, limit in limits.items():
            if key not in IO_KEYS:
                raise ValueError(f"{name}: {key!r} is not a limit: choose from {', '.join(IO_KEYS)}")
            checked.setdefault(numbers, {})[key] = None if limit is None else _io_limit(f"{name} {key}", limit)
    return checked


def _io_limit(name: str, limit: Any) -> int:
    if name.endswith("iops"):
        # The kernel keeps them in 32 bits.
        return checked_whole(name, limit, 1, (1 << 32) - 1, "operations per second")
    return units.checked_size(name, limit, low=1)


# fmt: off
WEIGHT = Knob("weight", "cpu", "parts", "share of the CPU when others want it too, 1 to 10000 (100 by default)",
    {1: Shares("cpu.shares"), 2: Weight("cpu.weight")}, _weight)
QUOTA = Knob("quota", "cpu", "% of one CPU", "most CPU time, in percent of one CPU; None is no limit",
    {1: Quota("cpu.cfs_quota_us", "cpu.cfs_period_us"), 2: Bandwidth("cpu.max")}, _quota)
CPUS = Knob("cpus", "cpuset", "CPUs", "the CPUs that may be used",
    {1: Cpus("cpuset.effective_cpus", "cpuset.cpus"), 2: Cpus("cpuset.cpus.effective", "cpuset.cpus")},
    units.checked_cpus)
MEMORY_MAX = Knob("memory_max", "memory", "bytes", "most memory, in bytes; None is no limit",
    {1: Limit("memory.limit_in_bytes", "-1"), 2: Limit("memory.max", "max")}, _limit)
MEMORY_HIGH = Knob("memory_high", "memory", "bytes", "memory above which the kernel reclaims (v1: soft limit)",
    {1: Limit("memory.soft_limit_in_bytes", "-1"), 2: Limit("memory.high", "max")}, _limit)
SWAP_MAX = Knob("swap_max", "memory", "bytes", "most swap, in bytes; 0 is none (v1: swappiness)",
    {1: Swappiness("memory.swappiness"), 2: Limit("memory.swap.max", "max")}, _size)
PIDS_MAX = Knob("pids_max", "pids", "processes and threads", "most of them; None is no limit",
    {1: Limit("pids.max", "max"), 2: Limit("pids.max", "max")}, _count)
IO_MAX = Knob("io_max", "blkio", "per second", "most bytes (rbps, wbps) and operations (riops, wiops), for each device",
    {1: Throttle(IO_KEYS["rbps"]), 2: IoMax("io.max")}, _io)

# Knobs that experiments need, and that a Cgroup has no attribute for.
FREEZER = {
    1: Switch("freezer.state", "FROZEN", "freezer.state", "FROZEN", "THAWED"),
    2: Switch("cgroup.events", "frozen 1", "cgroup.freeze"),
}
FROZEN = Knob("frozen", "freezer", "yes or no", "whether all that runs in it is stopped", FREEZER, _switch)
BURST = Knob("burst", "cpu", "microseconds", "how much of a quota may be saved up for later periods (Linux 5.14)",
    {1: Limit("cpu.cfs_burst_us", "0"), 2: Limit("cpu.max.burst", "0")}, _burst)
OOM_WAITS = Knob("oom_waits", "memory", "yes or no", "whether a process waits at the limit in place of the OOM kill",
    {1: Switch("memory.oom_control", "oom_kill_disable 1", "memory.oom_control")}, _switch)
OOM_GROUP = Knob("oom_group", "memory", "yes or no", "whether an OOM kill ends all of the group",
    {2: Switch("memory.oom.group", "1", "memory.oom.group")}, _switch)
BFQ_WEIGHT = Knob("bfq_weight", "blkio", "parts", "share of a disk whose scheduler is bfq, 1 to 1000",
    {1: Weight("blkio.bfq.weight"), 2: Weight("io.bfq.weight", "default")}, _bfq_weight)
HUGE_MAX = Knob("huge_max", "hugetlb", "bytes", "most huge pages of a size",
    {1: Limit("hugetlb.{size}.limit_in_bytes", "-1"), 2: Limit("hugetlb.{size}.max", "max")}, _size)
HUGE_RESERVED_MAX = Knob("huge_reserved_max", "hugetlb", "bytes", "most huge pages of a size that may be reserved",
    {1: Limit("hugetlb.{size}.rsvd.limit_in_bytes", "-1"),
     2: Limit("hugetlb.{size}.rsvd.max", "max")}, _size)
# fmt: on


class Knobs:
    """The knobs of a cgroup as attributes, for a class that is a Group (terms.py): to be read, and written."""

    weight = WEIGHT
    quota = QUOTA
    cpus = CPUS
    memory_max = MEMORY_MAX
    memory_high = MEMORY_HIGH
    swap_max = SWAP_MAX
    pids_max = PIDS_MAX
    io_max = IO_MAX


KNOBS: dict[str, Knob] = {name: knob for name, knob in vars(Knobs).items() if isinstance(knob, Knob)}
"""Name → knob: those that a Cgroup has as attributes and keywords."""
