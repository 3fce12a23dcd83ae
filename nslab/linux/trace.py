"""What nslab asked of the kernel: each call with its arguments and its answer, in order."""

from __future__ import annotations

import errno as errnos
import os
import time
from collections import namedtuple


class Syscall(namedtuple("Syscall", "when pid name args result errno", defaults=(None,))):
    """One call made by nslab itself, as strace(1) would write it.

    `when` is CLOCK_REALTIME in nanoseconds, the one clock that a time namespace does not shift.
    `pid` is the caller's process id as the caller sees it.
    """

    __slots__ = ()

    def __str__(self) -> str:
        answer = f"-1 {self.errno}" if self.errno else self.result
        return f"{self.name}({', '.join(self.args)}) = {answer}"


_calls: list[Syscall] = []
MOST = 10_000
"""Calls that are kept where nobody takes the record: a slider that is moved for hours notes two for each step."""


def note(name: str, args: tuple[str, ...], result: int | str, errno: int = 0) -> None:
    """Append one call to this process's record."""
    failed = errnos.errorcode.get(errno, str(errno)) if errno else None
    _calls.append(Syscall(time.time_ns(), os.getpid(), name, args, result, failed))
    if len(_calls) > MOST:
        del _calls[: MOST // 2]


def plain() -> list[tuple[object, ...]]:
    """Return this process's record as plain tuples, to be sent, and start a new one."""
    return [tuple(call) for call in take()]


def take() -> list[Syscall]:
    """Return this process's record and start a new one."""
    global _calls
    taken, _calls = _calls, []
    return taken
