"""A terminal of its own for a program that is started from this one: what is typed goes in, what it says comes out."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import signal
import termios
import time
import tty
from collections.abc import Iterator

from nslab.linux import files, wakeup

CHUNK = 65536
LAST_WORDS = 0.2
"""Seconds at most for what was written before the end: a process that stays inside may write for ever."""


def there() -> bool:
    """Whether a person is at this program's standard input and output."""
    return os.isatty(0) and os.isatty(1)


def opened() -> tuple[int, int]:
    """A new terminal as large as this one: the descriptor for relay(), and the one for the program (pty(7))."""
    outer, inner = pty.openpty()
    _copy_size(outer)
    return outer, inner


def relay(outer: int, pid: int) -> None:
    """Pass bytes both ways, and on each change of this terminal's size that, until the process `pid` has ended."""
    with _raw(), wakeup.by_signals() as woken, _following_size(outer):
        _copy(outer, pid, woken)


def _copy(terminal: int, pid: int, woken: int) -> None:
    # A long paste fills the terminal's buffer. To wait there, while the shell waits for its echo to be read,
    # is to wait for ever.
    os.set_blocking(terminal, False)
    ended = os.pidfd_open(pid)
    pending = b""
    poll = select.poll()
    poll.register(ended, select.POLLIN)
    poll.register(0, select.POLLIN)
    poll.register(terminal, select.POLLIN)
    poll.register(woken, select.POLLIN)
    try:
        while True:
            events = dict(poll.poll())
            if woken in events:
                wakeup.seen(woken)
            if terminal in events and not _show(terminal):
                poll.unregister(terminal)  # the last process inside has closed it
            if ended in events:
                deadline = time.monotonic() + LAST_WORDS
                while time.monotonic() < deadline and files.readable(terminal) and _show(terminal):
                    pass
                return
            if 0 in events:
                pending = os.read(0, CHUNK)
                poll.unregister(0)
                if not pending:
                    continue
            if pending:
                pending = pending[_send(terminal, pending) :]
                if pending:
                    poll.register(terminal, select.POLLIN | select.POLLOUT)
                else:
                    poll.register(terminal, select.POLLIN)
                    poll.register(0, select.POLLIN)
    finally:
        os.close(ended)


def _show(terminal: int) -> bool:
    """Copy what there is to our own terminal; return whether more may come."""
    try:
        data = os.read(terminal, CHUNK)
    except BlockingIOError:
        return True
    except OSError:  # EIO: nobody has the other side open
        return False
    while data:
        data = data[os.write(1, data) :]
    return True


def _send(terminal: int, data: bytes) -> int:
    try:
        return os.write(terminal, data)
    except BlockingIOError:
        return 0


@contextlib.contextmanager
def _raw() -> Iterator[None]:
    before = termios.tcgetattr(0)
    try:
        tty.setraw(0)
        yield
    finally:
        with contextlib.suppress(termios.error):  # the terminal itself may be gone (SIGHUP)
            termios.tcsetattr(0, termios.TCSADRAIN, before)


def _copy_size(terminal: int) -> None:
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, fcntl.ioctl(0, termios.TIOCGWINSZ, b"\0" * 8))


@contextlib.contextmanager
def _following_size(terminal: int) -> Iterator[None]:
    before = signal.signal(signal.SIGWINCH, lambda *_: _copy_size(terminal))
    try:
        yield
    finally:
        signal.signal(signal.SIGWINCH, before)
