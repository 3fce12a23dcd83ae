"""The offsets of a time namespace (time_namespaces(7))."""

from __future__ import annotations

import os

from nslab.linux import files, ns
from nslab.linux.flags import CloneFlag


def write_offsets(monotonic: float = 0.0, boottime: float = 0.0) -> None:
    """Set the offsets, in seconds, of the time namespace that this process's children will be in.

    Raises PermissionError (EACCES) once a process is in it, and OSError (ERANGE) beyond what a clock can hold.
    """
    lines = []
    for clock, seconds in (("monotonic", monotonic), ("boottime", boottime)):
        whole = int(seconds // 1)
        lines.append(f"{clock} {whole} {round((seconds - whole) * 1_000_000_000)}\n")
    files.write("/proc/self/timens_offsets", "".join(lines))


def enter_new(monotonic: float, boottime: float) -> None:
    """Make a time namespace with these offsets (seconds) and move this single-threaded process into it.

    The offsets have to be written before the first process is in, so clone3(CLONE_NEWTIME) would be too late.
    """
    ns.unshare(CloneFlag.CLONE_NEWTIME)
    write_offsets(monotonic, boottime)
    fd = os.open("/proc/self/ns/time_for_children", os.O_RDONLY | os.O_CLOEXEC)
    try:
        ns.setns(fd, CloneFlag.CLONE_NEWTIME)
    finally:
        os.close(fd)
