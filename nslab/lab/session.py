"""Which session a process belongs to, and whether that session still lives.

A session is named after its keeper, `PID-STARTTIME`, so that anyone can tell from the name alone whether
it still lives. Every process of a session carries that name in its environment (NSLAB_SESSION).
"""

from __future__ import annotations

import contextlib
import os

from nslab.linux import process

ENV = "NSLAB_SESSION"


def name_of(pid: int) -> str:
    """The name of the session that process `pid` keeps. Raises OSError when it is gone."""
    return f"{pid}-{process.starttime(pid)}"


def alive(session: str) -> bool:
    """Whether the keeper that a session is named after still runs."""
    pid, _, start = session.partition("-")
    return pid.isdigit() and start.isdigit() and is_process(int(pid), int(start))


def strays() -> list[int]:
    """Processes that carry the mark of a session whose keeper is dead."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
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
