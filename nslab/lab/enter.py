"""A shell on this terminal inside all namespaces of a sandbox."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import signal
import sys
import termios
import tty
from collections.abc import Iterator

from nslab.lab import session
from nslab.linux import ns
from nslab.linux.flags import FLAGS, CloneFlag

GONE = 129
"""Exit status when the sandbox ended first: as of a shell whose terminal hung up (128 + SIGHUP)."""


def enter(pid: int, name: str, argv: list[str] | None = None) -> int:
    """Join all namespaces of process `pid` and run a shell, or `argv`, there; return its exit status.

    On a terminal it gets a terminal of its own inside, which follows the size of this one. It ends with the
    sandbox. Raises ProcessLookupError when the sandbox is gone, PermissionError when it is somebody else's.
    """
    with contextlib.ExitStack() as stack:
        sandbox = os.pidfd_open(pid)
        stack.callback(os.close, sandbox)
        flags = _different(pid)
        if sys.stdin.isatty() and sys.stdout.isatty():
            return _on_terminal(sandbox, flags, name, argv)
        child = os.fork()
        if child == 0:
            _become(sandbox, flags, name, argv or ["/bin/sh"])
        return _status(os.waitpid(child, 0)[1])


def _different(pid: int) -> CloneFlag:
    own, theirs = ns.inodes(), ns.inodes(pid)
    flags = CloneFlag(0)
    for kind, inode in theirs.items():
        if own.get(kind) != inode:
            flags |= FLAGS[kind]
    return flags


def _on_terminal(sandbox: int, flags: CloneFlag, name: str, argv: list[str] | None) -> int:
    child, terminal = pty.fork()
    if child == 0:
        _become(sandbox, flags, name, argv or _shell())
    print(f"Inside {name}. 'exit' leaves it; the sandbox stays.\r")
    try:
        with _raw(), _following_size(terminal):
            ended = _copy(terminal, sandbox, child)
    finally:
        os.close(terminal)
    if ended:
        print(f"\r\nThe sandbox {name} has ended, and the shell with it.\r")
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        return GONE
    return _status(os.waitpid(child, 0)[1])


def _copy(terminal: int, sandbox: int, child: int) -> bool:
    """Pass bytes both ways until the shell ends (False) or the sandbox does (True)."""
    poll = select.poll()
    for fd in (0, terminal, sandbox):
        poll.register(fd, select.POLLIN)
    while True:
        for fd, _ in poll.poll():
            if fd == sandbox:
                return True
            try:
                data = os.read(fd, 65536)
            except OSError:
                data = b""  # EIO: the last process inside has closed its side of the terminal
            if not data:
                if fd == terminal:
                    return bool(select.select([sandbox], [], [], 0.05)[0])
                poll.unregister(0)
                continue
            _write(1 if fd == terminal else terminal, data)


def _write(fd: int, data: bytes) -> None:
    while data:
        data = data[os.write(fd, data) :]


@contextlib.contextmanager
def _raw() -> Iterator[None]:
    before = termios.tcgetattr(0)
    try:
        tty.setraw(0)
        yield
    finally:
        termios.tcsetattr(0, termios.TCSADRAIN, before)


@contextlib.contextmanager
def _following_size(terminal: int) -> Iterator[None]:
    def follow(*_: object) -> None:
        size = fcntl.ioctl(0, termios.TIOCGWINSZ, b"\0" * 8)
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, size)

    follow()
    before = signal.signal(signal.SIGWINCH, follow)
    try:
        yield
    finally:
        signal.signal(signal.SIGWINCH, before)


def _become(sandbox: int, flags: CloneFlag, name: str, argv: list[str]) -> None:
    """In the child: join, fork once more so that the pid namespace applies, and become the program."""
    try:
        if flags:
            ns.setns(sandbox, flags)
        child = os.fork()
        if child:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            os._exit(_status(os.waitpid(child, 0)[1]))
        env = {k: v for k, v in os.environ.items() if k != session.ENV}
        env.update(NSLAB_SANDBOX=name, PS1=f"[{name}] \\u@\\h:\\w\\$ ")
        os.execvpe(argv[0], argv, env)
    except OSError as e:
        os.write(2, f"nslab enter: {e}\r\n".encode())
        os._exit(127 if isinstance(e, FileNotFoundError) else 126)


def _shell() -> list[str]:
    # Started plainly: a start-up file would put its own prompt in place of the one that names the sandbox.
    for shell, options in (("/bin/bash", ["--norc", "--noprofile", "-i"]), ("/bin/sh", ["-i"])):
        if os.access(shell, os.X_OK):
            return [shell, *options]
    raise FileNotFoundError("neither /bin/bash nor /bin/sh is there to be started")


def _status(wait_status: int) -> int:
    code = os.waitstatus_to_exitcode(wait_status)
    return code if code >= 0 else 128 - code
