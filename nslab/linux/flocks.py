"""Who holds a lock of flock(2), and who waits for it: /proc/locks (proc_locks(5)), which every user may read."""

from __future__ import annotations

import os
from typing import NamedTuple

from nslab.linux import files


class Flocks(NamedTuple):
    """The processes that hold the lock of one file, and those that wait for it, first come first, as /proc has them."""

    holding: tuple[int, ...]
    waiting: tuple[int, ...]


def flocks(path: str) -> Flocks:
    """Who holds and who waits for a lock on this file or directory. Raises OSError.

    /proc/locks leaves out what is in another pid namespace. It may name a process that has ended and left the lock to
    a child: that one is looked for in /proc/PID/fdinfo, as far as this user may.
    """
    file = named(path)
    found = parsed(files.read("/proc/locks"), file)
    there = tuple(pid for pid in found.holding if os.path.exists(f"/proc/{pid}"))
    return found._replace(holding=there if there and there == found.holding else there + _heirs(file))


def named(path: str) -> str:
    """A file or directory as /proc/locks names it: MAJOR:MINOR:INODE. Raises OSError."""
    info = os.stat(path)
    return f"{os.major(info.st_dev):02x}:{os.minor(info.st_dev):02x}:{info.st_ino}"


def parsed(text: str, file: str) -> Flocks:
    """The locks of flock(2) on one file (MAJOR:MINOR:INODE, the first two in hex), from the text of /proc/locks."""
    holding: list[int] = []
    waiting: list[int] = []
    for line in text.splitlines():
        _, *fields = line.split()
        waits = fields[0] == "->"
        kind, _, _, pid, where, *_ = fields[waits:]
        # Zero and less are locks whose process cannot be told.
        if (kind, where) == ("FLOCK", file) and int(pid) > 0:
            (waiting if waits else holding).append(int(pid))
    return Flocks(tuple(holding), tuple(waiting))


def _heirs(file: str) -> tuple[int, ...]:
    """The processes that have a lock through a descriptor that they were left (proc_pid_fdinfo(5))."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            infos = [files.read(f"/proc/{pid}/fdinfo/{fd}") for fd in os.listdir(f"/proc/{pid}/fdinfo")]
        except OSError:
            continue  # it has ended, or closed one meanwhile, or is another user's
        lines = (line.split() for info in infos for line in info.splitlines() if line.startswith("lock:"))
        if any("FLOCK" in fields and file in fields for fields in lines):
            found.append(int(pid))
    return tuple(found)
