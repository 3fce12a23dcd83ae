"""The CPUs that this process may use: for nslab no others exist."""

from __future__ import annotations

import os

from nslab.linux import files
from nslab.linux.cpulist import parsed, written


def usable_cpus() -> tuple[int, ...]:
    """The CPUs that this process may run on (sched_getaffinity(2)): what its cpuset allows, and is online."""
    return tuple(sorted(os.sched_getaffinity(0)))


def shown(cpus: tuple[int, ...]) -> str:
    """These CPUs as the kernel writes a list."""
    return written(cpus)


def hidden_cpus() -> str:
    """The CPUs that are online and that this process may not use, as the kernel writes a list; "" for none."""
    return written(sorted(set(online_cpus()) - set(usable_cpus())))


def online_cpus() -> tuple[int, ...]:
    """All CPUs that the machine runs on, which are those that the kernel counts the time of (/proc/stat)."""
    return parsed(files.read("/sys/devices/system/cpu/online"))
