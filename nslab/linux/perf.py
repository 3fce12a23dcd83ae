"""Counters of the kernel's: perf_event_open(2), here for all that runs in one cgroup."""

from __future__ import annotations

import os
import struct
from ctypes import c_char_p, c_int, c_ulong

from nslab.linux.libc import syscall

PARANOID = "/proc/sys/kernel/perf_event_paranoid"
EVENTS = {
    "task-clock": (1, "PERF_COUNT_SW_TASK_CLOCK"),
    "page-faults": (2, "PERF_COUNT_SW_PAGE_FAULTS"),
    "context-switches": (3, "PERF_COUNT_SW_CONTEXT_SWITCHES"),
}
"""Events that the kernel itself counts, without the CPU's help, by the names of perf(1); task-clock is nanoseconds."""
PERF_TYPE_SOFTWARE = 1
PERF_FLAG_PID_CGROUP = 1 << 2
PERF_FLAG_FD_CLOEXEC = 1 << 3
# PERF_ATTR_SIZE_VER0: type, size, config, sample_period, sample_type, read_format, flags, and three that stay 0
_ATTRIBUTES = struct.Struct("=IIQQQQQIIQ")

_perf_event_open = syscall("perf_event_open", c_char_p, c_int, c_int, c_int, c_ulong)


def count_cgroup(directory: str, cpu: int, event: str) -> int:
    """Begin to count one of EVENTS for a cgroup on one CPU, and return a descriptor for `counted`.

    Raises PermissionError (EACCES, EPERM) where PARANOID does not allow it, OSError (ENOSYS) where the kernel has none.
    """
    number, name = EVENTS[event]
    attributes = _ATTRIBUTES.pack(PERF_TYPE_SOFTWARE, _ATTRIBUTES.size, number, 0, 0, 0, 0, 0, 0, 0)
    group = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        return _perf_event_open(
            (attributes, f"{{PERF_TYPE_SOFTWARE, {name}}}"),
            (group, f'open("{directory}")'), cpu, -1,
            (PERF_FLAG_PID_CGROUP | PERF_FLAG_FD_CLOEXEC, "PERF_FLAG_PID_CGROUP|PERF_FLAG_FD_CLOEXEC"),
        )  # fmt: skip
    finally:
        os.close(group)


def counted(fd: int) -> int:
    """What a descriptor of `count_cgroup` has counted so far (read(2), one number of 64 bits)."""
    return int.from_bytes(os.read(fd, 8), "little")
