"""The processes in a cgroup: which of them nslab made, and what is done to them.

The numbers in cgroup.procs are of the reader's own pid namespace (0 for those outside of it), and so are those that
pidfd_open(2) takes. A number may be used again between two steps; so each process is held by a pidfd first, and what is
done is done to that one, or is seen to have met it.
"""

from __future__ import annotations

import contextlib
import errno
import os
import time
from collections.abc import Iterable, Iterator

from nslab.lab.upkeep import session
from nslab.linux import cgroupfs, files, process

EXEC = 0.1
"""Seconds that the moment of an execve(2) may last; on a quiet machine far less than a millisecond."""
LAB = "NSLAB_LAB"
"""What `nslab lab` marks all with that it starts: its own number."""


@contextlib.contextmanager
def held(directory: str) -> Iterator[dict[int, int]]:
    """The processes of one cgroup, as far as they can be seen: number → pidfd. Raises OSError when it is gone."""
    found: dict[int, int] = {}
    try:
        for pid in filter(None, _members(directory)):
            # It has ended since it was listed.
            with contextlib.suppress(ProcessLookupError):
                found[pid] = os.pidfd_open(pid)
        # The process that is listed now is the one that was opened, unless that has ended: then the number is
        # another's.
        there = set(_members(directory)) if found else set()
        yield {pid: fd for pid, fd in found.items() if pid in there}
    finally:
        for fd in found.values():
            os.close(fd)


def _members(directory: str) -> list[int]:
    """The processes of one cgroup; none of a threaded one, whose processes are those of the domain above it."""
    try:
        return cgroupfs.members(directory)
    except OSError as e:
        if e.errno != errno.EOPNOTSUPP:
            raise
        return []


def kill(directory: str, of_session: str = "") -> None:
    """Send SIGKILL to all that is in one cgroup, or to what is a session's of it. Raises OSError when it is gone."""
    with held(directory) as there:
        for pid, fd in there.items():
            if of_session and not _is_of(pid, of_session):
                continue
            # It has ended; or it became another user's, and is not this one's to end.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                process.pidfd_send_signal(fd)


def strangers(directory: str, of_session: str) -> list[int]:
    """The processes in one cgroup that do not belong to a session: they lack its mark, and are not below its keeper."""
    with held(directory) as there:
        return [pid for pid in there if not _is_of(pid, of_session)]


def _is_of(pid: int, of_session: str) -> bool:
    # Its environment may not be read, or it has ended: then who its parents are decides.
    with contextlib.suppress(OSError):
        if session.session_of(_marks(pid)) == of_session:
            return True
    # One that has dropped its environment, or that may not be read (ping, with its capabilities).
    keeper = int(of_session.partition("-")[0])
    return keeper in _line(pid) and not session.dead(of_session)


def _marks(pid: int) -> list[str]:
    """The environment of a process: empty while it becomes another program (execve(2)), and where it has ended."""
    deadline = time.monotonic() + EXEC
    while not (marks := session.marks_of(f"/proc/{pid}")) and time.monotonic() < deadline:
        time.sleep(0.001)
    return marks


def _line(pid: int) -> list[int]:
    found = [pid]
    # A parent that ended, or may not be seen, ends the line.
    with contextlib.suppress(OSError):
        while above := process.parent(found[-1]):
            found.append(above)
    return found


def of_nslab(pids: Iterable[int]) -> set[int]:
    """Those of these processes that nslab made, that use nslab, or that were started by one that uses it.

    One that uses it is this process, the parent of a keeper, and what `nslab lab` is when it has started this process.
    """
    pids = list(pids)
    if not process.own_proc():
        return {os.getpid()}
    users = {os.getpid()}
    marked: set[int] = set()
    for pid in pids:
        # One that has ended, or may not be read, is left out: who is in doubt is no user of nslab's.
        with contextlib.suppress(OSError):
            marks = session.marks_of(f"/proc/{pid}")
            if session.session_of(marks):
                marked.add(pid)
            if session.is_keeper(pid, marks):
                users.add(process.parent(pid))
    lab = os.environ.get(LAB, "")
    if lab.isdigit() and int(lab) in process.line():
        users.add(int(lab))
    return {pid for pid in pids if pid in marked or users & set(_line(pid))}


def move(pids: Iterable[int], source: str, to: str) -> None:
    """Move these from one cgroup to another, and see to it that nobody else was moved in their place.

    Raises OSError, as cgroup.procs answers.
    """
    wanted = set(pids)
    with held(source) as there:
        for pid in wanted & set(there):
            # It has ended, and has not to be moved.
            with contextlib.suppress(ProcessLookupError):
                cgroupfs.add(to, pid)
                if files.readable(there[pid]) and pid in cgroupfs.members(to):
                    cgroupfs.add(source, pid)  # it ended, and somebody else has its number since
