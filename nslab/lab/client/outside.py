"""From a shell inside a sandbox, have a command of nslab's done outside: by the `nslab enter` that opened the shell.

What looks at namespaces from outside cannot do so from within. So the shell inherits one end of a socket. A command
sends its words through it, with the descriptors that its output is to go to; and whoever has the other end runs it.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence

ENV = "NSLAB_OUTSIDE"
"""In the environment of what `nslab enter` starts: the number of the socket's descriptor."""
ANCHOR = "NSLAB_ANCHOR"
"""The pid of the process with which an exercise's scene ends, where that is not the parent of whoever begins it."""
VERBS = ("exercises", "check", "hint", "solution", "reset")
"""The commands that are done for those inside; they take names and numbers, and no file's."""
_LONGEST = 1 << 16
_ABOVE = 50
"""Descriptors below it are a shell's and its user's."""


class Door:
    """Both ends. Whoever opens a shell leaves `inner` to it, and serves, once it has forked."""

    def __init__(self) -> None:
        self._outer, inner = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with inner:
            self.inner = fcntl.fcntl(inner, fcntl.F_DUPFD, _ABOVE)

    def serve(self) -> None:
        """Do in a thread what those inside ask for, until close()."""
        self._leave()
        threading.Thread(target=self._serve, name="nslab outside", daemon=True).start()

    def _leave(self) -> None:
        if self.inner != -1:
            os.close(self.inner)
            self.inner = -1

    def _serve(self) -> None:
        # It is closed, or everybody inside has ended.
        with contextlib.suppress(OSError):
            while True:
                said, given, _, _ = socket.recv_fds(self._outer, _LONGEST, 3)
                if not said:
                    return
                threading.Thread(target=_do, args=(said, given), name="nslab outside", daemon=True).start()

    def close(self) -> None:
        """End it; what is being done goes on."""
        self._leave()
        with contextlib.suppress(OSError):  # nobody is at the other end
            self._outer.shutdown(socket.SHUT_RDWR)
        self._outer.close()


def _do(said: bytes, given: list[int]) -> None:
    try:
        words = json.loads(said)
        if len(given) == 3 and words and words[0] in VERBS:
            env = {**os.environ, ANCHOR: str(os.getppid())}
            done = subprocess.run([sys.executable, "-P", "-m", "nslab", *map(str, words)], stdin=subprocess.DEVNULL,
                                  stdout=given[0], stderr=given[1], env=env)  # fmt: skip
            os.write(given[2], str(done.returncode).encode())
    except (OSError, ValueError):
        pass  # who has asked gets no status, and says so
    finally:
        for fd in given:
            os.close(fd)


def inherited() -> tuple[int, ...]:
    """The descriptor of the socket, where this process has it; for a child that is to have it, too."""
    given = os.environ.get(ENV, "")
    with contextlib.suppress(OSError):  # sudo and others close what they do not know
        if given.isdecimal() and os.readlink(f"/proc/self/fd/{given}").startswith("socket:"):
            return (int(given),)
    return ()


def ask(words: Sequence[str]) -> int | None:
    """Have a command done outside; return its exit status, or None where nobody is there to do it."""
    for fd in inherited():
        # Another program's descriptor, or nobody is at the other end any more.
        with contextlib.suppress(OSError), _socket(fd) as door:
            read, write = os.pipe()
            try:
                socket.send_fds(door, [json.dumps(list(words)).encode()], [1, 2, write])
            finally:
                os.close(write)
            with os.fdopen(read) as status:
                if answer := status.read():
                    return int(answer)
    return None


@contextlib.contextmanager
def _socket(fd: int) -> Iterator[socket.socket]:
    with socket.socket(fileno=os.dup(fd)) as made:
        if (made.family, made.type) != (socket.AF_UNIX, socket.SOCK_SEQPACKET):
            raise OSError("this descriptor is another program's")
        yield made
