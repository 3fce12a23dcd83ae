"""Which session a process belongs to, and whether that session has ended.

A session is named `PID-STARTTIME-PIDNAMESPACE-TOKEN`, after its keeper. Every process of a session carries that name in
its environment (NSLAB_SESSION), and the keeper from its first moment the token (NSLAB_KEEPER). It is known by these
marks: its start time looks otherwise from another time namespace (time_namespaces(7)).
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterable, Iterator

from nslab.linux import files, process

ENV = "NSLAB_SESSION"
KEEPER = "NSLAB_KEEPER"
COMMAND = "nslab-keeper"
"""The name of a keeper, as ps(1) shows it."""
INITIAL = 0xEFFFFFFC
"""The inode number of the first pid namespace (include/linux/proc_ns.h, PROC_PID_INIT_INO)."""
BOOT_ID = "/proc/sys/kernel/random/boot_id"
_BOOT, _CHANCE = 10, 8
"""How many digits of a token tell which boot of which kernel it is of, and how many are random, to tell keepers apart
that have the same pid."""
_DIGITS = 20
_HIGHEST = 1 << 22
"""No process has a higher number (proc_sys_kernel(5), pid_max)."""


def token() -> str:
    """What a new keeper is to carry."""
    return f"{boot()}{int.from_bytes(os.urandom(8), 'big') % 10**_CHANCE:0{_CHANCE}}"


def name_of(pid: int) -> str:
    """The session that a process carries the mark of, "" for none. Raises OSError: it is gone, or may not be read."""
    return session_of(marks_of(f"/proc/{pid}"))


def namespace() -> int:
    """The inode number of this process's pid namespace, in which alone the pid of a session's name means something."""
    return os.stat("/proc/self/ns/pid").st_ino


def is_name(session: str) -> bool:
    """Whether nslab gives such names. What has another is not nslab's, wherever it lies."""
    return _parts(session) is not None


def alive(session: str) -> bool:
    """Whether a session may still live: whether this is a session's name, and nothing says that it has ended."""
    return is_name(session) and not dead(session)


def dead(session: str) -> bool:
    """Whether a session has ended for certain: its keeper was looked for where it would have to be, and is not there.

    Nothing is ended on less than that. Whoever cannot look (from another pid namespace, with another namespace's /proc,
    from inside a user namespace, as another user) has seen nothing, and so it is not dead.
    """
    parts = _parts(session)
    if parts is None or not process.own_proc():
        return False
    keeper, where, given = parts
    if given and given[:_BOOT] != boot():
        return False
    own = namespace()
    if where == own:
        return not _keeps(keeper, session, given)
    return own == INITIAL and not _is_used(where)


def _parts(session: str) -> tuple[int, int, str] | None:
    """The keeper's number, its pid namespace and its token; sessions of an earlier nslab have no token."""
    parts = session.split("-")
    numbers = all(part.isascii() and part.isdigit() and len(part) <= _DIGITS for part in parts)
    if len(parts) not in (3, 4) or not numbers:
        return None
    return (int(parts[0]), int(parts[2]), "".join(parts[3:])) if 0 < int(parts[0]) <= _HIGHEST else None


def boot() -> str:
    """Digits for this boot of this kernel: numbers of processes and namespaces are used again by the next."""
    try:
        return f"{int(files.read(BOOT_ID)[:8], 16):0{_BOOT}}"
    except (OSError, ValueError):
        return "0" * _BOOT


def _keeps(pid: int, session: str, given: str) -> bool:
    """Whether the process with this number may be the keeper. An open directory makes sure that all answers are about
    one process.
    """
    try:
        fd = os.pidfd_open(pid)
    except OSError as e:
        # ESRCH: there is no such process. EINVAL, since 6.16 ENOENT: the number is a thread's, so it is another's.
        return e.errno not in (errno.ESRCH, errno.EINVAL, errno.ENOENT)
    try:
        marks = marks_of(f"/proc/{pid}")
        if files.readable(fd):
            return False
        # Empty: it becomes another program at this moment, as a keeper does when it starts.
        return not marks or f"{ENV}={session}" in marks or f"{KEEPER}={given}" in marks
    except OSError:
        return not files.readable(fd)
    finally:
        os.close(fd)


def marks_of(directory: str) -> list[str]:
    """The environment that a process was started with, from its directory in /proc (proc_pid_environ(5)).

    Raises OSError: EACCES and EPERM where it may not be read.
    """
    return [each for each in files.read(f"{directory}/environ").split("\0") if each]


def is_keeper(pid: int, marks: list[str]) -> bool:
    """Whether a process with these marks is the keeper of its session."""
    return session_of(marks).startswith(f"{pid}-")


def session_of(marks: list[str]) -> str:
    """The session whose mark is among these; "" where there is none."""
    return next((mark.partition("=")[2] for mark in marks if mark.startswith(f"{ENV}=")), "")


def _is_used(pid_namespace: int) -> bool:
    """Whether a process may be in this pid namespace."""
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            if os.stat(f"/proc/{pid}/ns/pid").st_ino == pid_namespace:
                return True
        except PermissionError:
            if _may_be_in_another(pid):
                return True
        except OSError:
            pass  # it has ended
    return False


def _may_be_in_another(pid: str) -> bool:
    """Whether a process that may not be looked at can be one of this user's sessions, in a pid namespace below."""
    # It has ended, and so is in no namespace.
    with contextlib.suppress(OSError):
        if os.geteuid() and os.stat(f"/proc/{pid}").st_uid != os.geteuid():
            return False
        return len(process.nspid(pid)) > 1
    return False


def strays() -> list[int]:
    """Processes that carry the mark of a session whose keeper is dead; not this one, nor one that it descends from."""
    return [pid for pid, _ in _strays()]


def kill_strays(spared: Iterable[int] = ()) -> list[int]:
    """Kill them, but for those that are spared; return which they were."""
    killed = []
    for pid, directory in _strays(spared):
        # The directory /proc/PID stays with one process, whose mark was read through it (pidfd_send_signal(2)).
        with contextlib.suppress(ProcessLookupError, PermissionError):
            process.pidfd_send_signal(directory)
            killed.append(pid)
    return killed


def _strays(spared: Iterable[int] = ()) -> Iterator[tuple[int, int]]:
    """Their numbers, each with its directory in /proc, which is open until the next is asked for."""
    if not process.own_proc():
        return
    ended: dict[str, bool] = {}
    for pid in set(filter(str.isdigit, os.listdir("/proc"))) - set(map(str, (*process.line(), *spared))):
        # It has ended, or may not be read: then nobody knows that it is a stray, and it is left alone.
        with contextlib.suppress(OSError):
            directory = os.open(f"/proc/{pid}", os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                session = session_of(marks_of(f"/proc/self/fd/{directory}"))
                if session not in ended:
                    ended[session] = dead(session)
                if ended[session]:
                    yield int(pid), directory
            finally:
                os.close(directory)
