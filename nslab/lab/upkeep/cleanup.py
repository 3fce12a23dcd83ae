"""Kill everything below this process, whatever it is called and wherever it has moved to."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator

from nslab.linux import files, process


def kill_descendants(seconds: float = 2.0) -> bool:
    """Kill and reap every descendant of this process; return whether none is left after `seconds` at most."""
    deadline = time.monotonic() + seconds
    while _reap():
        kill(list(below()))
        if time.monotonic() > deadline:
            return False
        time.sleep(0.001)
    return True


def kill(directories: list[int]) -> None:
    """Send SIGKILL to processes that are held by their open directories in /proc, and let go of them."""
    for directory in directories:
        # It has ended; or it became another user's (set-user-ID), and is not this one's to end.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            process.pidfd_send_signal(directory)
        os.close(directory)


def below(pid: int | str = "self") -> Iterator[int]:
    """The directories in /proc of all descendants of a process, parents first, open; as far as descriptors go.

    A directory /proc/PID stays with one process and takes signals as a pidfd does (pidfd_send_signal(2)), also where
    /proc is another pid namespace's. A directory belongs to a child of a process if it names that process as its
    parent, and if the parent's own directory, opened before, can still be read afterwards: then the parent's number was
    its own all the time.
    """
    waiting = [f"/proc/{pid}"]
    # The process at the top has ended: there is nothing below it.
    with contextlib.suppress(OSError):
        while waiting:
            above = waiting.pop(0)
            number = _ids(above)[0]
            for child in process.children(above.removeprefix("/proc/")):
                # It has ended between the list and the look.
                with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                    directory = os.open(f"/proc/{child}", os.O_DIRECTORY | os.O_CLOEXEC)
                    if _is_child(f"/proc/self/fd/{directory}", number, above):
                        waiting.append(f"/proc/self/fd/{directory}")
                        yield directory
                    else:
                        os.close(directory)


def _is_child(directory: str, number: str, above: str) -> bool:
    try:
        return _ids(directory)[1] == number and bool(_ids(above))
    except OSError:
        return False


def _ids(directory: str) -> tuple[str, str]:
    """The number of a process and its parent's, both as this /proc has them (proc_pid_stat(5)). Raises OSError."""
    number, _, rest = files.read(f"{directory}/stat").partition(" (")
    return number, rest.rpartition(")")[2].split()[1]


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
