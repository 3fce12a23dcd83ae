"""What the kernel counts for a cgroup: one term for each quantity, and where it stands in v1 and in v2.

This is the one place that knows: a Cgroup's attributes, counters that are kept open (bench/measure.py), panels and the
programs by hand take file, key and scale from here. What can be set is in knobs.py.
Source: cgroup-v2.rst, Documentation/admin-guide/cgroup-v1/, and where a line names it.
"""

from __future__ import annotations

import mmap
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NoReturn, Self

from nslab.cgroups.core import formats
from nslab.cgroups.core.terms import Group, Term
from nslab.errors import Unsupported


@dataclass(frozen=True)
class Source:
    """Where one version has a quantity: a number of a file, times `scale`.

    `key`: in a line that begins with it; "" for a file with one number. `device`: among those of that device. `absent`
    is the value where there is no such file or line; without it that is an error, and `since` the first Linux with it.
    """

    file: str
    key: str = ""
    scale: float = 1
    device: str = ""
    absent: int | None = None
    since: str = ""

    def number(self, text: str | None) -> float | None:
        """The number in the file's text; `absent` where it is missing. Raises ValueError for what is no number."""
        if text is None:
            found = None
        elif self.device:
            found = formats.devices(text).get(self.device, {}).get(self.key)
        else:
            found = formats.value_after(text, self.key) if self.key else text
        return self.absent if found is None else int(found) * self.scale

    def numbers(self, text: str) -> list[float]:
        """All numbers of a file that has one for each CPU."""
        return [int(word) * self.scale for word in text.split()]

    def given(self, **names: str) -> Self:
        return replace(self, file=self.file.format(**names), device=self.device.format(**names))


class Quantity(Term[Source]):
    """A descriptor: on a Cgroup it reads like an attribute, and cannot be set."""

    def of(self, group: Group) -> Any:
        """The number now, in `unit`. Raises OSError, `nslab.Unsupported` where this kernel does not count it."""
        return together(group, self)[0]

    def number_in(self, text: str | None, source: Source) -> float:
        """The number in a file's text; None where this kernel has no such file. Raises `nslab.Unsupported`."""
        found = source.number(text)
        if found is not None:
            return found
        missing = source.file if text is None else f"line {source.key} in {source.file}"
        newer = f"Linux {source.since} or later" if source.since else "a newer kernel"
        raise Unsupported(
            f"{self.name} ({self.about})", f"this kernel has no {missing}",
            f"use {newer}, such as that of the VM: vagrant up",
        )  # fmt: skip

    def __set__(self, group: Any, value: object) -> NoReturn:
        raise AttributeError(f"{self.name} is what the kernel counts ({self.about}): it cannot be set")


class PerCpu(Quantity):
    """One number for each CPU."""

    def of(self, group: Group) -> list[float]:
        source = self.form_of(group)
        return source.numbers(group.read(self.subsystem, source.file))


def together(group: Group, *quantities: Quantity) -> tuple[Any, ...]:
    """Several quantities of a group. Those of one file come from a single reading, so that they belong to the same
    moment.
    """
    texts: dict[tuple[str, str], str | None] = {}
    found = []
    for quantity in quantities:
        source = quantity.form_of(group)
        at = (quantity.subsystem, source.file)
        if at not in texts:
            texts[at] = _text(group, *at)
        found.append(quantity.number_in(texts[at], source))
    return tuple(found)


def _text(group: Group, subsystem: str, file: str) -> str | None:
    """The text of a file; None where this kernel has none of that name."""
    try:
        return group.read(subsystem, file)
    except FileNotFoundError:
        if not os.path.isdir(group.path(subsystem)):
            raise
        return None


def _both(source: Source) -> Mapping[int, Source]:
    """For what has the same file in both versions."""
    return {1: source, 2: source}


NS, US = 1e-9, 1e-6
"""Seconds in what v1 and v2 count CPU time in."""
DEVICE = "{device}"
"""Filled in by `given(device="7:0")`, and {size} by `given(size="2MB")`."""
_BYTES, _OPERATIONS = "blkio.throttle.io_service_bytes", "blkio.throttle.io_serviced"
"""v1 counts every disk in the files of the throttle. There is no line for a disk that has moved nothing."""

# fmt: off
CPU_TIME = Quantity("cpu_time", "cpuacct", "s", "CPU time of all that was ever in the group and below",
    {1: Source("cpuacct.usage", scale=NS), 2: Source("cpu.stat", "usage_usec", US)})
CPU_USER = Quantity("cpu_user", "cpuacct", "s", "CPU time in user mode",
    {1: Source("cpuacct.usage_user", scale=NS), 2: Source("cpu.stat", "user_usec", US)})
CPU_SYSTEM = Quantity("cpu_system", "cpuacct", "s", "CPU time in system mode",
    {1: Source("cpuacct.usage_sys", scale=NS), 2: Source("cpu.stat", "system_usec", US)})
CPU_OF_EACH = PerCpu("cpu_of_each", "cpuacct", "s", "CPU time on each CPU",
    {1: Source("cpuacct.usage_percpu", scale=NS)})

PERIODS = Quantity("periods", "cpu", "periods", "in which a quota was counted",
    _both(Source("cpu.stat", "nr_periods")))
THROTTLED = Quantity("throttled_periods", "cpu", "periods", "in which the quota stopped the group",
    _both(Source("cpu.stat", "nr_throttled")))
THROTTLED_TIME = Quantity("throttled_time", "cpu", "s", "for which the quota stopped it, on all CPUs together",
    {1: Source("cpu.stat", "throttled_time", NS), 2: Source("cpu.stat", "throttled_usec", US)})

MEMORY_USAGE = Quantity("memory_usage", "memory", "bytes", "memory in use",
    {1: Source("memory.usage_in_bytes"), 2: Source("memory.current")})
MEMORY_PEAK = Quantity("memory_peak", "memory", "bytes", "the most memory that was in use",
    {1: Source("memory.max_usage_in_bytes"), 2: Source("memory.peak", since="5.19")})
MEMORY_ANON = Quantity("memory_anon", "memory", "bytes", "memory in use that is no file's: what processes have made",
    {1: Source("memory.stat", "rss"), 2: Source("memory.stat", "anon")})
MEMORY_FILES = Quantity("memory_files", "memory", "bytes", "memory in use that is a file's: the page cache",
    {1: Source("memory.stat", "cache"), 2: Source("memory.stat", "file")})
MEMORY_TAKEN_BACK = Quantity("memory_taken_back", "memory", "bytes", "taken back by the kernel (v1: or given back)",
    {1: Source("memory.stat", "pgpgout", mmap.PAGESIZE), 2: Source("memory.stat", "pgsteal", mmap.PAGESIZE)})
SWAP_USAGE = Quantity("swap_usage", "memory", "bytes", "what lies in swap; 0 where the kernel has none",
    {1: Source("memory.stat", "swap", absent=0), 2: Source("memory.swap.current", absent=0)})
LIMIT_MET = Quantity("limit_met", "memory", "times", "that the limit was met",
    {1: Source("memory.failcnt"), 2: Source("memory.events", "max")})
SLOWED = Quantity("slowed", "memory", "times", "that somebody was slowed down above memory_high",
    {2: Source("memory.events", "high")})
OOM_KILLS = Quantity("oom_kills", "memory", "processes", "that the OOM killer ended",
    {1: Source("memory.oom_control", "oom_kill", since="4.13"), 2: Source("memory.events", "oom_kill", since="4.13")})
UNDER_OOM = Quantity("under_oom", "memory", "1 = yes", "whether processes wait at the limit, as oom_waits is on",
    {1: Source("memory.oom_control", "under_oom")})

PIDS = Quantity("pids", "pids", "processes and threads", "in the group and below",
    _both(Source("pids.current")))
PIDS_REFUSED = Quantity("pids_refused", "pids", "forks", "that the limit refused",
    _both(Source("pids.events", "max")))

IO_READ = Quantity("io_read", "blkio", "bytes", "that came from a disk",
    {1: Source(_BYTES, "Read", device=DEVICE, absent=0), 2: Source("io.stat", "rbytes", device=DEVICE, absent=0)})
IO_WRITTEN = Quantity("io_written", "blkio", "bytes", "that went to a disk",
    {1: Source(_BYTES, "Write", device=DEVICE, absent=0), 2: Source("io.stat", "wbytes", device=DEVICE, absent=0)})
IO_READS = Quantity("io_reads", "blkio", "operations", "that read from a disk",
    {1: Source(_OPERATIONS, "Read", device=DEVICE, absent=0), 2: Source("io.stat", "rios", device=DEVICE, absent=0)})
IO_WRITES = Quantity("io_writes", "blkio", "operations", "that wrote to a disk",
    {1: Source(_OPERATIONS, "Write", device=DEVICE, absent=0), 2: Source("io.stat", "wios", device=DEVICE, absent=0)})
BFQ_READ = Quantity("bfq_read", "blkio", "bytes", "that came from a disk whose scheduler is bfq (bfq-iosched.rst)",
    {1: Source("blkio.bfq.io_service_bytes", "Read", device=DEVICE, absent=0),
     2: Source("io.stat", "rbytes", device=DEVICE, absent=0)})

HUGE_USAGE = Quantity("huge_usage", "hugetlb", "bytes", "of huge pages in use",
    {1: Source("hugetlb.{size}.usage_in_bytes"), 2: Source("hugetlb.{size}.current")})
HUGE_RESERVED = Quantity("huge_reserved", "hugetlb", "bytes", "of huge pages that are promised",
    {1: Source("hugetlb.{size}.rsvd.usage_in_bytes", since="5.7"),
     2: Source("hugetlb.{size}.rsvd.current", since="5.7")})
HUGE_MET = Quantity("huge_met", "hugetlb", "times", "that the limit of huge pages was met",
    {1: Source("hugetlb.{size}.failcnt"), 2: Source("hugetlb.{size}.events", "max")})
# fmt: on

QUANTITIES: dict[str, Quantity] = {each.name: each for each in list(globals().values()) if isinstance(each, Quantity)}
