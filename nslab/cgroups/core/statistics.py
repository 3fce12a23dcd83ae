"""What the kernel counts for a cgroup, as attributes of a Cgroup: single quantities, and what belongs together."""

from __future__ import annotations

from typing import NamedTuple

from nslab.cgroups.core import quantities
from nslab.cgroups.core.quantities import together
from nslab.cgroups.core.terms import Files
from nslab.cgroups.core.units import checked_device


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


class Statistics:
    """The statistics of a Cgroup; it has `version()`, `path()`, `read()` and `write()`.

    Memory is in bytes. All of it is in quantities.py: term → file of v1 and of v2.
    """

    memory_usage = quantities.MEMORY_USAGE
    memory_peak = quantities.MEMORY_PEAK
    memory_anon = quantities.MEMORY_ANON
    memory_files = quantities.MEMORY_FILES
    swap_usage = quantities.SWAP_USAGE
    pids = quantities.PIDS
    pids_refused = quantities.PIDS_REFUSED

    def version(self, subsystem: str, wanted: str = "") -> int:
        raise NotImplementedError

    def path(self, subsystem: str, file: str = "") -> str:
        raise NotImplementedError

    def read(self, subsystem: str, file: str) -> str:
        raise NotImplementedError

    def write(self, subsystem: str, wanted: Files) -> None:
        raise NotImplementedError

    @property
    def cpu_times(self) -> CpuTimes:
        """CPU time used by all that was ever in the group and below, in seconds (cpuacct; cpu.stat in v2)."""
        return CpuTimes(*together(self, quantities.CPU_TIME, quantities.CPU_USER, quantities.CPU_SYSTEM))

    @property
    def throttled(self) -> Throttled:
        """What the quota has done so far (cpu.stat)."""
        return Throttled(*together(self, quantities.THROTTLED, quantities.PERIODS, quantities.THROTTLED_TIME))

    @property
    def memory_events(self) -> MemoryEvents:
        """How often the limit was met and somebody was killed (memory.failcnt and oom_control; memory.events)."""
        return MemoryEvents(*together(self, quantities.LIMIT_MET, quantities.OOM_KILLS))

    def io(self, device: str) -> IoCount:
        """What went to and came from a block device ("/dev/loop0", "7:0"), since the group was made.

        Source: blkio.throttle.* of v1, io.stat of v2. Raises TypeError and ValueError for what is no block device.
        """
        numbers = checked_device("device", device)
        counts = (quantities.IO_READ, quantities.IO_WRITTEN, quantities.IO_READS, quantities.IO_WRITES)
        return IoCount(*together(self, *(quantity.given(device=numbers) for quantity in counts)))
