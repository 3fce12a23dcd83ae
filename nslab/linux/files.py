"""Reads and writes of the kernel's own files (/proc, /sys), each write recorded like a system call."""

from __future__ import annotations

import os
import select

from nslab.linux import trace
from nslab.linux.libc import failure


def read(path: str) -> str:
    """Return the text of a small file of the kernel's, without its last newline. Raises OSError."""
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        data = piece = os.read(fd, 65536)
        while piece:
            piece = os.read(fd, 65536)
            data += piece
    finally:
        os.close(fd)
    return data.decode(errors="surrogateescape").removesuffix("\n")


def write(path: str, text: str) -> None:
    """Write `text` in a single write(2), as files such as uid_map demand, and record it.

    Raises OSError with the path and the value in its message.
    """
    shown = (f'"{path}"', '"' + text.replace("\n", "\\n") + '"')
    try:
        fd = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
        try:
            os.write(fd, text.encode())
        finally:
            os.close(fd)
    except OSError as e:
        trace.note("write", shown, -1, e.errno or 0)
        raise failure("write", shown, e.errno or 0) from None
    trace.note("write", shown, len(text.encode()))


def readable(fd: int, seconds: float = 0) -> bool:
    """Whether there is something to read within `seconds`, or the end; of a pidfd: whether its process has ended."""
    poll = select.poll()
    poll.register(fd, select.POLLIN)
    return bool(poll.poll(seconds * 1000))
