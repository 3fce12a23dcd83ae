"""What was asked of the kernel: each call with its arguments and its answer, in order.

A recording is a file that every process of an experiment has open, and writes each call to as it makes it. So it also
has the calls of a grandchild that nobody waits for, and those of a process that is killed the moment after.
"""

from __future__ import annotations

import errno as errnos
import marshal
import os
import time
from collections import namedtuple
from contextvars import ContextVar

# `typing` is left out at run time in what the fork server loads: its 0.6 MB would be copied at each clone.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from contextvars import Token
    from typing import Any


class Syscall(namedtuple("Syscall", "when pid name args result errno", defaults=(None,))):
    """One call, as strace(1) would write it.

    `when` is CLOCK_REALTIME in nanoseconds, the one clock that a time namespace does not shift.
    `pid` is the caller's process id as the caller sees it.
    """

    __slots__ = ()

    @property
    def begun(self) -> tuple[object, ...]:
        """What is known of a call before the kernel has answered it."""
        return self.when, self.pid, self.name, self.args

    def __str__(self) -> str:
        answer = f"-1 {self.errno}" if self.errno else self.result
        return f"{self.name}({', '.join(self.args)}) = {answer}"


UNKNOWN = "?"
"""The result of a call from which its caller did not come back."""
MOST = 10_000
"""How many calls are kept while nobody takes them: a slider that is moved for hours notes two for each step."""

_calls: list[Syscall] = []
_thread_record: ContextVar[int | None] = ContextVar("nslab_record", default=None)
_aside: ContextVar[bool] = ContextVar("nslab_plumbing", default=False)
# A process that was made for an experiment is all the experiment's, with the threads that it starts.
_process_record: int | None = None
_process_aside = False


def note(name: str, args: tuple[str, ...], result: int | str, errno: int = 0, *,
         when: int = 0, aside: bool = False) -> None:  # fmt: skip
    """Record one call: in this process's own list, and in the recording that is under way, if one is.

    `when` is when it began, by default now; `aside` makes it nslab's plumbing in the recording.
    """
    failed = errno_name(errno) if errno else None
    call = (when or time.time_ns(), os.getpid(), name, args, result, failed)
    own = _aside.get()
    if not own:
        _calls.append(Syscall(*call))
        if len(_calls) > MOST:
            del _calls[: MOST // 2]
    _write(own or aside or _process_aside, call)


def _write(aside: bool, call: tuple[Any, ...]) -> None:
    """Write one call to the recording that is under way, if one is."""
    fd = recording()
    if fd is not None:
        # In a single write, which O_APPEND keeps whole. In hexadecimal and between newlines, since a process that is
        # killed while it writes may leave half a call, which must not spoil the next one.
        os.write(fd, b"\n%b\n" % marshal.dumps((aside, call)).hex().encode())


def recorded(name: str, shown: tuple[str, ...], call: Callable[..., Any], *args: Any, fatal: bool = False) -> Any:
    """Make a call that Python has a function for, and record it; `shown` is how its arguments are written.

    One that may be `fatal` to the caller is also written before it is made, with the result "?" (as strace has it),
    which stays where the caller does not come back. Returns what the call returns; a result that is no number is
    recorded as 0. Raises OSError with the call in its message.
    """
    when = time.time_ns()
    if fatal:
        _write(is_aside(), (when, os.getpid(), name, shown, UNKNOWN, None))
    try:
        result = call(*args)
    except OSError as e:
        note(name, shown, -1, e.errno or 0, when=when)
        raise failure(name, shown, e.errno or 0) from None
    note(name, shown, result if type(result) is int else 0, when=when)
    return result


def errno_name(number: int) -> str:
    """What the kernel calls an error number. The C library has two names for EOPNOTSUPP, and Python tells the other."""
    return "EOPNOTSUPP" if number == errnos.EOPNOTSUPP else errnos.errorcode.get(number, str(number))


def failure(name: str, args: tuple[str, ...], err: int) -> OSError:
    """Return the OSError (or its subclass) for a call that failed, with the call in its message and as `call`."""
    error = OSError(err, f"{name}({', '.join(args)}): {os.strerror(err)}")
    error.call = (name, args)  # type: ignore[attr-defined]
    return error


class plumbing:
    """A block whose calls are nslab's own and not the experiment's."""

    def __enter__(self) -> None:
        self._token = _aside.set(True)

    def __exit__(self, *_: object) -> None:
        _aside.reset(self._token)


def recording() -> int | None:
    """The descriptor of the recording that is under way for this thread, or for this process; None without one."""
    fd = _thread_record.get()
    return _process_record if fd is None else fd


def record_thread(fd: int) -> Token[int | None]:
    """Record the calls of this thread (and of what runs in a copy of its context) from now on; see `end_thread`."""
    return _thread_record.set(fd)


def end_thread(token: Token[int | None]) -> None:
    """Go back to what was before `record_thread`."""
    _thread_record.reset(token)


def record_process(fd: int | None, aside: bool = False) -> None:
    """Record the calls of all threads of this process from now on, `aside` as nslab's plumbing; None ends that."""
    global _process_record, _process_aside
    _process_record, _process_aside = fd, aside


def is_aside() -> bool:
    """Whether what is done now is nslab's plumbing."""
    return _aside.get() or _process_aside


def read(fd: int) -> tuple[list[Syscall], list[Syscall]]:
    """What a recording has: the experiment's calls and nslab's plumbing, each in the order in which they began."""
    data = bytearray()
    while piece := os.pread(fd, 1 << 20, len(data)):
        data += piece
    found: tuple[list[Syscall], list[Syscall]] = [], []
    begun: dict[tuple[object, ...], tuple[list[Syscall], int]] = {}
    for line in filter(None, data.split(b"\n")):
        try:
            aside, plain_call = marshal.loads(bytes.fromhex(line.decode()))
        except (ValueError, EOFError, TypeError):
            continue  # half of a call, of one who was killed while writing it
        call, calls = Syscall(*plain_call), found[aside]
        if call.result == UNKNOWN:
            begun[call.begun] = calls, len(calls)
        elif call.begun in begun:
            where, at = begun.pop(call.begun)
            where[at] = call
            continue
        calls.append(call)
    for calls in found:
        # By time alone: the sort is stable, so calls of the same nanosecond stay in the order in which they were
        # written.
        calls.sort(key=lambda call: call.when)
    return found


def plain() -> list[tuple[object, ...]]:
    """Return this process's own list as plain tuples, to be sent, and start a new one."""
    return [tuple(call) for call in take()]


def take() -> list[Syscall]:
    """Return this process's own list and start a new one."""
    global _calls
    taken, _calls = _calls, []
    return taken
