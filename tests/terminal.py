"""A terminal with a program on it, as a person would use it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time


class Terminal:
    """`argv` on a terminal of its own. `text` is all that it has shown so far, without its colours."""

    def __init__(self, argv, rows=24, columns=80, env=None):
        self.text, self._seen = "", 0
        self._master, self._inner = pty.openpty()
        self.resize(rows, columns)
        self.modes = termios.tcgetattr(self._inner)
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self._master)
            os.login_tty(self._inner)
            os.execvpe(argv[0], argv, {**os.environ, "TERM": "dumb", **(env or {})})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with contextlib.suppress(ProcessLookupError, ChildProcessError):
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self._master)
        os.close(self._inner)

    def type(self, text):
        os.write(self._master, text.encode())

    def resize(self, rows, columns):
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def expect(self, pattern, seconds=30):
        """Wait until what came after the last match matches; return the match."""
        deadline = time.monotonic() + seconds
        while not (match := re.compile(pattern).search(self.text, self._seen)):
            left = deadline - time.monotonic()
            assert left > 0, f"no {pattern!r} in {self.text[self._seen :]!r}"
            self._read(left)
        self._seen = match.end()
        return match

    def _read(self, seconds):
        if select.select([self._master], [], [], seconds)[0]:
            data = os.read(self._master, 65536).decode(errors="replace")
            self.text += re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", data)

    def status(self, seconds=30):
        """Wait for the program's end; return its exit status, or minus the number of a signal."""
        deadline = time.monotonic() + seconds
        while (ended := os.waitpid(self.pid, os.WNOHANG))[0] == 0:
            assert time.monotonic() < deadline, f"it still runs: {self.text[self._seen :]!r}"
            self._read(0.005)
        self._read(0)
        return os.waitstatus_to_exitcode(ended[1])

    @property
    def restored(self):
        """Whether the terminal's modes are what they were at the start."""
        return termios.tcgetattr(self._inner) == self.modes
