"""The clocks that a time namespace shifts, and the one that it does not (clock_gettime(2), time_namespaces(7))."""

from __future__ import annotations

import time

from nslab.linux import files, trace

NAMES = {"boottime": time.CLOCK_BOOTTIME, "monotonic": time.CLOCK_MONOTONIC, "realtime": time.CLOCK_REALTIME}


def read(name: str) -> float:
    """Seconds on the clock "boottime", "monotonic" or "realtime"."""
    return time.clock_gettime(NAMES[name])


def uptime() -> float:
    """Seconds since boot as /proc/uptime tells this process (proc_uptime(5)); to 1/100 s."""
    return float(files.read("/proc/uptime").split()[0])


def settime(clock: str, seconds: float) -> None:
    """Set the clock "realtime" (clock_settime(2)). Raises PermissionError (EPERM) without CAP_SYS_TIME.

    The other two cannot be set, which the kernel answers with EINVAL.
    """
    shown = (f"CLOCK_{clock.upper()}", f"{seconds:.6f}")
    trace.recorded("clock_settime", shown, time.clock_settime, NAMES[clock], seconds)
