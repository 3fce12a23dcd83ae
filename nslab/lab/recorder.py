"""Collect the system calls that an experiment makes, wherever its processes are."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar

from nslab.linux import trace

_current: ContextVar[list[trace.Syscall] | None] = ContextVar("nslab_calls", default=None)


@contextlib.contextmanager
def recording() -> Iterator[list[trace.Syscall]]:
    """Yield a list that holds, at the end of the block, every call made for it, in order of time."""
    calls: list[trace.Syscall] = []
    token = _current.set(calls)
    trace.take()
    try:
        yield calls
    finally:
        _current.reset(token)
        calls += trace.take()
        calls.sort()


def current() -> list[trace.Syscall] | None:
    """The list of the recording that is under way, if any."""
    return _current.get()
