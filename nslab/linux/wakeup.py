"""Waits that no signal slips past.

Python runs a handler between two of its own instructions. One that comes after the last of them, and before the call
that waits, would be noticed at the next event alone: a program that is asked to end once would wait on. So each waits
for a descriptor as well, which the signal itself makes readable: signal.set_wakeup_fd() in Python's documentation.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
from collections.abc import Iterator

ROOM = 4096
"""More bytes than there are kinds of signals; one is written for each that comes."""


@contextlib.contextmanager
def by_signals() -> Iterator[int]:
    """A descriptor to wait for beside others: readable once a signal has come that Python has a handler for.

    The handler has run before the next instruction; seen() makes ready for the next one. Raises ValueError outside the
    main thread, the only one that runs handlers.
    """
    woken, wakes = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    before = signal.set_wakeup_fd(wakes, warn_on_full_buffer=False)
    try:
        yield woken
    finally:
        signal.set_wakeup_fd(before)
        os.close(woken)
        os.close(wakes)


def seen(woken: int) -> None:
    """Take what the signals so far have left in it."""
    # Nothing is there where it was not this descriptor that ended the wait.
    with contextlib.suppress(BlockingIOError):
        os.read(woken, ROOM)


def wait_for_end(pid: int) -> None:
    """Wait until a child has ended, and leave it to be waited for (waitid(2)). Raises OSError. See wait()."""
    ended = os.pidfd_open(pid)
    try:
        wait(ended)
    finally:
        os.close(ended)


def wait(*fds: int) -> list[int]:
    """Wait until one of these is readable (a pidfd: its process has ended) and return which are.

    A handler that raises ends the wait at once. Only for the main thread, see by_signals().
    """
    with by_signals() as woken:
        while True:
            ready = select.select([*fds, woken], [], [])[0]
            if woken in ready:
                seen(woken)
                ready.remove(woken)
            if ready:
                return ready
