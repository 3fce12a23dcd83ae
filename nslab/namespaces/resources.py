"""What each namespace type makes separate, as a process sees it: read inside a sandbox and on the host alike."""

from __future__ import annotations

import os
import socket
import time

from nslab.linux import files, uts

RESOURCES = {
    "uts": "hostname",
    "ipc": "IPC objects",
    "pid": "processes seen",
    "net": "interfaces",
    "mnt": "mounts",
    "user": "users (uid map)",
    "cgroup": "cgroup root",
    "time": "clock since boot",
}
"""Namespace type → what it makes separate."""
IPC = {"msg": "queues", "sem": "semaphores", "shm": "segments"}


def look() -> dict[str, str]:
    """Namespace type → what this process sees of its resource."""
    return {
        "uts": uts.hostname(),
        "ipc": ", ".join(f"{len(_lines(f'/proc/sysvipc/{kind}')) - 1} {name}" for kind, name in IPC.items()),
        "pid": _processes(),
        "net": " ".join(sorted(name for _, name in socket.if_nameindex())) or "none",
        "mnt": f"{len(_lines('/proc/self/mountinfo'))} mounts",
        "user": "; ".join(" ".join(line.split()) for line in _lines("/proc/self/uid_map")) or "empty",
        "cgroup": _cgroup(),
        "time": _since_boot(),
    }


def _lines(path: str) -> list[str]:
    return files.read(path).splitlines()


def _processes() -> str:
    """A /proc that was mounted in another pid namespace shows that one's: then NSpid has a number for each level."""
    count = sum(name.isdigit() for name in os.listdir("/proc"))
    numbers = next(line for line in _lines("/proc/self/status") if line.startswith("NSpid:")).split()[1:]
    return f"{count} in /proc" if len(numbers) == 1 else f"{count}: /proc is the host's"


def _cgroup() -> str:
    """The path in v2's hierarchy, or in the first one of v1 (cgroups(7), /proc/PID/cgroup)."""
    lines = _lines("/proc/self/cgroup")
    line = next((line for line in lines if line.startswith("0::")), lines[0])
    return line.split(":", 2)[2]


def _since_boot() -> str:
    minutes = int(time.clock_gettime(time.CLOCK_BOOTTIME) // 60)
    return f"{minutes // 1440} d {minutes // 60 % 24} h {minutes % 60} min"
