"""The offsets of a time namespace (time_namespaces(7))."""

from __future__ import annotations

import os

from nslab.linux import files, ns
from nslab.linux.flags import CloneFlag


def offset(clock: str) -> float:
    """The offset of "monotonic" or "boottime" in the namespace that this process's children are in, in seconds.

    It is against the machine's own clock, also in a namespace that was made inside another. 0.0 in a kernel without.
    """
    try:
        lines = files.read("/proc/self/timens_offsets").split("\n")
    except FileNotFoundError:
        return 0.0
    for line in lines:
        name, seconds, nanoseconds = line.split()
        if name == clock:
            return int(seconds) + int(nanoseconds) / 1e9
    raise ValueError(f"clock={clock!r}: a time namespace has monotonic and boottime")


def write_offsets(monotonic: float = 0.0, boottime: float = 0.0) -> None:
    """Set the offsets, in seconds, of the time namespace that this process's children will be in.

    A clock whose offset is 0 here keeps the one that it has. Raises PermissionError (EACCES) once a process is in it,
    and OSError (ERANGE) beyond what a clock can hold.
    """
    lines = []
    for clock, seconds in (("monotonic", monotonic), ("boottime", boottime)):
        if not seconds:
            continue
        whole = int(seconds // 1)
        lines.append(f"{clock} {whole} {round((seconds - whole) * 1_000_000_000)}\n")
    if lines:
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
