"""What the kernel counts for a cgroup, under one name in v1 and v2, with units."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from typing import NamedTuple

from nslab.cgroups.core.units import checked_device

TICK = os.sysconf("SC_CLK_TCK")
COLUMNS = ("quantity", "value", "unit", "file")


class CpuTimes(NamedTuple):
    """CPU time used, in seconds: all of it, and that in user and in system mode."""

    total: float
    user: float
    system: float


class Throttled(NamedTuple):
    """How often a quota stopped the group, in how many periods that it was counted in, and for how many seconds."""

    times: int
    periods: int
    seconds: float


class MemoryEvents(NamedTuple):
    """How often the limit was met (`limit`), and how many processes the OOM killer ended (`oom_kills`)."""

    limit: int
    oom_kills: int


class IoCount(NamedTuple):
    """What went to and came from block devices: bytes and operations."""

    read_bytes: int
    write_bytes: int
    reads: int
    writes: int


@dataclass(frozen=True)
class Statistic:
    """One number of the kernel's: `file` is where it was read."""

    name: str
    value: float
    unit: str
    file: str


class Statistics:
    """The statistics of a Cgroup; it has `version()` and `read()`."""

    def version(self, subsystem: str, wanted: str) -> int:
        raise NotImplementedError

    def read(self, subsystem: str, file: str) -> str:
        raise NotImplementedError

    @property
    def cpu_times(self) -> CpuTimes:
        """CPU time used by all that was ever in the group and below, in seconds (cpuacct; cpu.stat in v2)."""
        if self.version("cpuacct", "cpu_times") == 2:
            stat = keyed(self.read("cpuacct", "cpu.stat"))
            return CpuTimes(stat["usage_usec"] / 1e6, stat["user_usec"] / 1e6, stat["system_usec"] / 1e6)
        total, user, system = (
            int(self.read("cpuacct", f"cpuacct.usage{part}")) / 1e9 for part in ("", "_user", "_sys")
        )
        return CpuTimes(total, user, system)

    @property
    def throttled(self) -> Throttled:
        """What the quota has done so far (cpu.stat)."""
        version = self.version("cpu", "throttled")
        stat = keyed(self.read("cpu", "cpu.stat"))
        seconds = stat["throttled_usec"] / 1e6 if version == 2 else stat["throttled_time"] / 1e9
        return Throttled(stat["nr_throttled"], stat["nr_periods"], seconds)

    @property
    def memory_usage(self) -> int:
        """Memory in use, in bytes (memory.usage_in_bytes, memory.current)."""
        return self._memory("memory.usage_in_bytes", "memory.current")

    @property
    def memory_peak(self) -> int:
        """The most memory that was in use, in bytes (memory.max_usage_in_bytes; memory.peak, Linux 5.19)."""
        return self._memory("memory.max_usage_in_bytes", "memory.peak")

    @property
    def memory_events(self) -> MemoryEvents:
        """How often the limit was met and somebody was killed (memory.failcnt and oom_control; memory.events)."""
        if self.version("memory", "memory_events") == 2:
            events = keyed(self.read("memory", "memory.events"))
            return MemoryEvents(events["max"], events["oom_kill"])
        control = keyed(self.read("memory", "memory.oom_control"))
        return MemoryEvents(int(self.read("memory", "memory.failcnt")), control["oom_kill"])

    @property
    def swap_usage(self) -> int:
        """What of it lies in swap, in bytes; 0 where the kernel has none (memory.stat, memory.swap.current)."""
        if self.version("memory", "swap_usage") == 1:
            return keyed(self.read("memory", "memory.stat")).get("swap", 0)
        with contextlib.suppress(FileNotFoundError):
            return int(self.read("memory", "memory.swap.current"))
        return 0

    @property
    def pids(self) -> int:
        """How many processes and threads are in the group and below (pids.current)."""
        self.version("pids", "pids")
        return int(self.read("pids", "pids.current"))

    @property
    def pids_refused(self) -> int:
        """How often the limit refused a fork (pids.events)."""
        self.version("pids", "pids_refused")
        return keyed(self.read("pids", "pids.events"))["max"]

    def io(self, device: str) -> IoCount:
        """What went to and came from a block device ("/dev/loop0", "7:0"), since the group was made.

        Source: blkio.throttle.* of v1, io.stat of v2. Raises TypeError and ValueError for what is no block device.
        """
        device = checked_device("device", device)
        if self.version("blkio", "io") == 2:
            for line in self.read("blkio", "io.stat").splitlines():
                numbers, *pairs = line.split()
                if numbers == device:
                    stat = {key: int(value) for key, value in (pair.split("=") for pair in pairs)}
                    # A device that has a limit is listed, also before anything was moved.
                    return IoCount(*(stat.get(key, 0) for key in ("rbytes", "wbytes", "rios", "wios")))
            return IoCount(0, 0, 0, 0)
        counts = {}
        for file in ("blkio.throttle.io_service_bytes", "blkio.throttle.io_serviced"):
            for line in self.read("blkio", file).splitlines():
                numbers, *rest = line.split()
                if numbers == device:
                    counts[file, rest[0]] = int(rest[1])
        sizes, numbers_of = "blkio.throttle.io_service_bytes", "blkio.throttle.io_serviced"
        return IoCount(*(counts.get((f, k), 0) for f in (sizes, numbers_of) for k in ("Read", "Write")))

    def _memory(self, v1: str, v2: str) -> int:
        return int(self.read("memory", v2 if self.version("memory", v1) == 2 else v1))


def keyed(text: str) -> dict[str, int]:
    """A file of lines "key value" (cgroup-v2.rst, "flat keyed")."""
    return {key: int(value) for key, _, value in (line.partition(" ") for line in text.splitlines())}
