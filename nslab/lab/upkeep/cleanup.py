"""Kill everything below a process, whatever it is called and wherever it has moved to."""

from __future__ import annotations

import os
import time

from nslab.linux import process


def kill_descendants(seconds: float = 2.0) -> bool:
    """Kill and reap every descendant of this process; return whether none is left after `seconds` at most."""
    deadline = time.monotonic() + seconds
    while _reap():
        for pid in process.descendants("self"):
            kill(pid)
        if time.monotonic() > deadline:
            return False
        time.sleep(0.001)
    return True


def kill(pid: int) -> None:
    """Send SIGKILL to a process by its number in /proc, if it is still there.

    Through the directory /proc/PID, which stays with one process, and which means the right one also where
    /proc numbers processes otherwise than this process's own pid namespace does (pidfd_send_signal(2)).
    """
    try:
        fd = os.open(f"/proc/{pid}", os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        return
    try:
        process.pidfd_send_signal(fd)
    except (ProcessLookupError, PermissionError):
        pass
    finally:
        os.close(fd)


def _reap() -> bool:
    """Wait for every child that has ended; return whether there are others.

    The list in /proc may leave some out while others end (proc(5), /proc/pid/task/tid/children); this cannot.
    """
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return False
    return True
