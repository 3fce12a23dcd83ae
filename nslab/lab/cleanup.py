"""Kill everything below a process, whatever it is called and wherever it has moved to."""

from __future__ import annotations

import os
import signal
import time

from nslab.linux import process


def kill_descendants(seconds: float = 2.0) -> bool:
    """Kill and reap every descendant of this process; return whether none is left after `seconds` at most."""
    deadline = time.monotonic() + seconds
    while True:
        reap()
        below = process.descendants("self")
        if not below:
            return True
        for pid in below:
            kill(pid)
        if time.monotonic() > deadline:
            return False
        time.sleep(0.001)


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
        signal.pidfd_send_signal(fd, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass
    finally:
        os.close(fd)


def reap() -> list[tuple[int, int]]:
    """Wait for every child that has ended, and return (pid, wait status) of each."""
    ended: list[tuple[int, int]] = []
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return ended
        if pid == 0:
            return ended
        ended.append((pid, status))
