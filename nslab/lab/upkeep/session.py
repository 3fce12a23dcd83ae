"""Which session a process belongs to, and whether that session still lives.

A session is named after its keeper, `PID-STARTTIME-PIDNAMESPACE`, so that anyone can tell from the name alone
whether it still lives. Every process of a session carries that name in its environment (NSLAB_SESSION).
"""

from __future__ import annotations

import contextlib
import os

from nslab.linux import process

ENV = "NSLAB_SESSION"
INITIAL = 0xEFFFFFFC
"""The inode number of the first pid namespace (include/linux/proc_ns.h, PROC_PID_INIT_INO)."""


def name_of(pid: int) -> str:
    """The name of the session that process `pid` keeps. Raises OSError when it is gone."""
    return f"{pid}-{process.starttime(pid)}-{namespace()}"


def namespace() -> int:
    """The inode number of this process's pid namespace, in which alone the pid of a session's name means something."""
    return os.stat("/proc/self/ns/pid").st_ino


def alive(session: str) -> bool:
    """Whether the keeper that a session is named after still runs, as far as can be seen from here.

    From inside a sandbox the sessions outside cannot be seen, and are none of its business: they count as alive.
    """
    parts = [int(part) if part.isdigit() else 0 for part in session.split("-")]
    pid, start, where = (*parts, 0, 0, 0)[:3]
    own = namespace()
    if where not in (0, own):
        return own != INITIAL or _is_used(where)
    return is_process(pid, start)


def _is_used(pid_namespace: int) -> bool:
    for pid in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            if os.stat(f"/proc/{pid}/ns/pid").st_ino == pid_namespace:
                return True
    return False


def strays() -> list[int]:
    """Processes that carry the mark of a session whose keeper is dead; not this one, nor one that it descends from."""
    found = []
    for pid in set(filter(str.isdigit, os.listdir("/proc"))) - set(map(str, process.line())):
        with contextlib.suppress(OSError):
            with open(f"/proc/{pid}/environ", "rb") as f:
                marks = [v for v in f.read().split(b"\0") if v.startswith(ENV.encode() + b"=")]
            if marks and not alive(marks[0].partition(b"=")[2].decode()):
                found.append(int(pid))
    return found


def is_process(pid: int, start: int) -> bool:
    """Whether process `pid` is still the one that started at `start` (clock ticks after boot), and runs."""
    try:
        return process.starttime(pid) == start and process.runs(pid)
    except OSError:
        return False
