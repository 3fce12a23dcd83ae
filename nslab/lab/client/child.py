"""What `clone()` returns: a child process, its output, and what came of it."""

from __future__ import annotations

import codecs
import contextlib
import fcntl
import os
import pickle
import select
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from nslab.errors import Left, checked_number
from nslab.lab.client import background
from nslab.lab.client.interrupts import held_back
from nslab.lab.server import wire
from nslab.linux import files, ns, process, trace
from nslab.linux.flags import CloneFlag
from nslab.signals import signal_name

LONGEST = 86400.0
"""The longest timeout, in seconds: a day. None waits for ever."""
LATE = 0.05
"""Seconds for which output that is already there is still read when the time to wait is over."""


class Child:
    """A process that nslab made.

    `pid` is its id as seen from here, `added` the flags that nslab added to those asked for (CLONE_NEWUSER
    for an ordinary user), `stdout` and `stderr` what it has written so far, `syscalls` what nslab asked the
    kernel for it.
    """

    _open = False

    def __init__(self, pid: int, pidfd: int, answers: socket.socket, out: int, err: int, added: CloneFlag,
                 calls: list[trace.Syscall], stream: bool, why_lost: Callable[[], str]) -> None:  # fmt: skip
        self.pid = pid
        self._pidfd, self._answers = pidfd, answers
        self._incoming = wire.Incoming(answers)
        self.added = added
        self.syscalls: list[trace.Syscall] = []
        self.syscalls += calls
        self._pieces: dict[int, list[str]] = {out: [], err: []}
        self._out, self._err = out, err
        self._streams, self._why_lost = stream, why_lost
        # Neither is there where this process was started with its standard descriptors closed.
        targets = {out: sys.stdout, err: sys.stderr} if stream else {}
        self._targets = {fd: target for fd, target in targets.items() if target is not None}
        self._owner = os.getpid()
        self._decoders = {fd: codecs.getincrementaldecoder("utf-8")("replace") for fd in (out, err)}
        self._outcome: dict[str, Any] = {}
        self._ready = threading.Event()
        self._done = threading.Event()
        self._pump_lock = threading.Lock()
        # A signal's handler may ask for `alive` while that is being asked.
        self._closing = threading.RLock()

    def begin(self) -> None:
        """Take charge of the descriptors, and read what comes if it is to be streamed."""
        self._open = True
        _let_go_of_dropped()
        if self._streams:
            background.run(self._pump)

    # -- what a learner asks ---------------------------------------------------------------------------

    @property
    def stdout(self) -> str:
        """What the child has written to its standard output so far."""
        return self._written(self._out)

    @property
    def stderr(self) -> str:
        """What the child has written to its standard error so far."""
        return self._written(self._err)

    @property
    def ns(self) -> dict[str, int]:
        """Namespace type → inode number, read now. Raises ProcessLookupError when the child has ended."""
        try:
            return ns.inodes(self.pid)
        except FileNotFoundError:
            raise ProcessLookupError(f"the child {self.pid} has ended, and its /proc/{self.pid}/ns with it") from None

    @property
    def alive(self) -> bool:
        """Whether the child still runs."""
        with self._closing:
            return self._open and not files.readable(self._pidfd)

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the child's end, `timeout` seconds at most; return its exit status, or minus the signal's number.

        What its function raised is told on stderr. Raises TimeoutError. An interrupt (Ctrl-C, the stop button) kills
        the child.
        """
        status = self._ended(timeout)
        if self._err in self._targets and "raised" in self._outcome:
            e = pickle.loads(self._outcome["raised"])
            self._targets[self._err].write(f"{type(e).__name__}: {e} (.result() raises it, with its traceback)\n")
        return status

    def result(self, timeout: float | None = None) -> Any:
        """Wait for the child's end and return what its function returned, or raise what it raised.

        Raises `nslab.Left` when the child ended without an answer, TimeoutError as `wait()` does.
        """
        status = self._ended(timeout)
        if "raised" in self._outcome:
            raise pickle.loads(self._outcome["raised"])
        if "plain" in self._outcome:
            return self._outcome["plain"]
        if "value" in self._outcome:
            return pickle.loads(self._outcome["value"])
        if self.lost:
            raise Left(f"the child {self.pid} ended before it returned a value: {self._why_lost()}")
        raise Left(f"the child {self.pid} {_how_ended(status)} before it returned a value")

    @property
    def lost(self) -> bool:
        """Whether what made it ended before it, and it with that."""
        return "lost" in self._outcome

    def how_ended(self) -> str:
        """How a child ended, once it has: "was killed by SIGKILL"."""
        if self.lost:
            return f"was lost: {self._why_lost()}"
        if self.failed:
            return f"raised {pickle.loads(self._outcome['raised'])!r}"
        return _how_ended(int(self._outcome.get("exit", 0)))

    def _ended(self, timeout: float | None) -> int:
        checked_timeout(timeout)
        try:
            finished = self._wait_for(self._done, timeout)
        except KeyboardInterrupt:
            with trace.plumbing():
                self.kill()
            raise
        if not finished:
            raise TimeoutError(f"the child {self.pid} still runs after {timeout} s; .kill() ends it")
        return int(self._outcome["exit"])

    def read_output(self) -> str:
        """What the child has written to its standard output so far, where no thread reads it (`stream=False`)."""
        if not self._streams and not self._done.is_set():
            self._pump(self._ready, 0)
        return self.stdout

    def heard(self, mark: str = "", seconds: float = 30.0) -> str:
        """Wait until `mark` (by default anything) is in what the child has written to its standard output; return that.

        For one made with `stream=False`. Raises what the child raised, `nslab.Left` when it ended without an answer,
        TimeoutError.
        """
        deadline, pause = time.monotonic() + seconds, 0.0005
        while not ((said := self.read_output()) and mark in said):
            if not self.alive and not ((said := self.read_output()) and mark in said):
                self.result(1)
                raise Left(f"the child {self.pid} ended after it had written {said!r}")
            if time.monotonic() > deadline:
                raise TimeoutError(f"the child {self.pid} has written {said!r} within {seconds:g} s, and still runs")
            time.sleep(pause)
            pause = min(pause * 2, 0.01)
        return said

    @property
    def failed(self) -> bool:
        """Whether the child ended with an exception of its own, which `result()` raises."""
        return "raised" in self._outcome

    def kill(self, sig: int = signal.SIGKILL) -> None:
        """Send a signal to the child, if it is still there. Raises ValueError for what is no signal."""
        if isinstance(sig, bool) or not isinstance(sig, int) or not 0 <= sig < signal.NSIG:
            raise ValueError(f"sig={sig!r}: give a signal, such as signal.SIGTERM")
        # It may end at this moment, which is what a signal is for.
        with self._closing, contextlib.suppress(ProcessLookupError):
            if self._open:
                process.pidfd_send_signal(self._pidfd, sig)

    def __enter__(self) -> Child:
        return self

    def __exit__(self, *_: object) -> None:
        if self._owner == os.getpid():
            with trace.plumbing():
                self.kill()
            self._wait_for(self._done, 5)

    def __del__(self) -> None:
        # Nobody has waited for this child, which may still write: without a reader that would fail (EPIPE). So its
        # descriptors are kept.
        if self._open:
            _dropped.append((self._pidfd, *self._pieces, self._answers.detach()))

    def __repr__(self) -> str:
        state = "runs" if self.alive else f"ended with {self._outcome.get('exit', '?')}"
        return f"<nslab child pid={self.pid} {state}>"

    # -- how it gets here ------------------------------------------------------------------------------

    def wait_ready(self, timeout: float) -> bool:
        """Wait until the child says that it serves; raise what it raised if it failed to."""
        ready = self._wait_for(self._ready, timeout)
        if "raised" in self._outcome:
            self.result(timeout)
        return ready and "ready" in self._outcome

    def _wait_for(self, event: threading.Event, timeout: float | None) -> bool:
        if event.is_set():
            return True
        if self._owner != os.getpid():
            raise RuntimeError(
                f"the child {self.pid} belongs to process {self._owner}, from which this one was forked: wait there"
            )
        if self._streams:
            return event.wait(timeout)
        return self._pump(event, timeout)

    def _pump(self, until: threading.Event | None = None, timeout: float | None = None) -> bool:
        """Read what the child sends until it has ended (or `until` is set). Returns whether that was reached."""
        until = until or self._done
        deadline = None if timeout is None else time.monotonic() + timeout
        with self._pump_lock:
            if until.is_set():
                return True
            poll = select.poll()
            open_fds = {self._answers.fileno(), *self._pieces}
            for fd in open_fds:
                poll.register(fd, select.POLLIN)
            while not until.is_set():
                left = None if deadline is None else max(0.0, deadline - time.monotonic()) * 1000
                events = poll.poll(left)
                # A child that never stops writing always has something to be read, so the deadline is looked at here,
                # too.
                if not events or (deadline is not None and time.monotonic() > deadline + LATE):
                    return False
                with held_back():
                    for fd, _ in sorted(events, reverse=True):
                        if fd != self._answers.fileno():
                            if not self._read(fd):
                                poll.unregister(fd)
                        elif not self._answer():
                            self._finish()
                            return True
        return True

    def _written(self, fd: int) -> str:
        with self._closing:
            pieces = self._pieces[fd]
            # What is read on meanwhile is appended behind them.
            there = len(pieces)
            text = "".join(pieces[:there])
            pieces[:there] = [text]
            return text

    def _read(self, fd: int) -> int:
        data = os.read(fd, 65536)
        text = self._decoders[fd].decode(data, final=not data)
        if text:
            self._pieces[fd].append(text)
            if fd in self._targets:
                self._pass_on(fd, text)
        return len(data)

    def _pass_on(self, fd: int, text: str) -> None:
        target = self._targets[fd]
        try:
            try:
                target.write(text)
            except UnicodeEncodeError as e:
                target.write(text.encode(e.encoding, "replace").decode(e.encoding))
            target.flush()
        except (OSError, ValueError):
            # Closed, or nobody reads it any more. The child's output is still read: in a full pipe the child would wait
            # for ever.
            del self._targets[fd]

    def _answer(self) -> bool:
        """Take what has been answered so far; return whether there may be more."""
        try:
            messages = self._incoming.take()
        except wire.Closed:
            # Where nobody has said how it ended, it was stopped in the middle of an answer, or whoever would have has
            # ended, and all below with it.
            lost = {} if self._incoming.broken_off else {"lost": True}
            messages = [] if "exit" in self._outcome else [{**lost, "exit": -signal.SIGKILL}]
        for message in messages:
            self.syscalls += [trace.Syscall(*call) for call in message.pop("calls", [])]
            self._outcome.update(message)
            if "ready" in message or "raised" in message or "exit" in message:
                self._ready.set()
        return "exit" not in self._outcome

    def _finish(self) -> None:
        """The child has ended: take what is left in its pipes.

        A grandchild may hold them open, so do not wait; and it may go on writing, so take no more than a pipe holds.
        """
        for fd in self._pieces:
            os.set_blocking(fd, False)
            left = fcntl.fcntl(fd, fcntl.F_GETPIPE_SZ)
            # The pipe is empty, though somebody below still has it open.
            with contextlib.suppress(BlockingIOError):
                while left > 0 and (got := self._read(fd)):
                    left -= got
        self.let_go()
        self._done.set()

    def let_go(self) -> None:
        """Close the descriptors, if it has any open."""
        with self._closing:
            if self._open:
                self._open = False
                for fd in (*self._pieces, self._pidfd):
                    os.close(fd)
                self._answers.close()


def _how_ended(status: int) -> str:
    return f"was killed by {signal_name(-status)}" if status < 0 else f"ended with status {status}"


_dropped: list[tuple[int, ...]] = []
"""Descriptors of children whose handle is gone, the pidfd first. They are kept until the child has ended."""


def _let_go_of_dropped() -> None:
    """Close the descriptors of those children among _dropped that have ended."""
    for _ in range(len(_dropped)):
        try:
            descriptors = _dropped.pop()
        except IndexError:
            return  # another thread does the same
        if files.readable(descriptors[0]):
            for fd in descriptors:
                os.close(fd)
        else:
            _dropped.insert(0, descriptors)


def checked_timeout(value: float | None) -> float | None:
    """Return seconds to wait, or None for ever. Raises TypeError or ValueError naming it."""
    return None if value is None else checked_number("timeout", value, 0, LONGEST, "s, or None")
