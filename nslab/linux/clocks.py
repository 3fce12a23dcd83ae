"""The clocks that a time namespace shifts, and the one that it does not (clock_gettime(2), time_namespaces(7))."""

from __future__ import annotations

import time

from nslab.linux import files

NAMES = {"boottime": time.CLOCK_BOOTTIME, "monotonic": time.CLOCK_MONOTONIC, "realtime": time.CLOCK_REALTIME}


def read(name: str) -> float:
    """Seconds on the clock "boottime", "monotonic" or "realtime"."""
    return time.clock_gettime(NAMES[name])


def uptime() -> float:
    """Seconds since boot as /proc/uptime tells this process (proc_uptime(5)); to 1/100 s."""
    return float(files.read("/proc/uptime").split()[0])
