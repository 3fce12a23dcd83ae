"""The kernel's own files (/proc, /sys), and names in directories; each change is recorded like a system call."""

from __future__ import annotations

import os
import select
import time

from nslab.linux import trace
from nslab.linux.trace import failure


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
    """Write `text` in a single write(2), as files such as uid_map demand, and record it, or the open(2) that failed.

    Raises OSError with the path and the value in its message.
    """
    shown = (f'"{path}"', '"' + text.replace("\n", "\\n") + '"')
    when = time.time_ns()
    try:
        fd = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    except OSError as e:
        trace.note("openat", ("AT_FDCWD", shown[0], "O_WRONLY|O_CLOEXEC"), -1, e.errno or 0, when=when)
        raise failure("write", shown, e.errno or 0) from None
    try:
        written = os.write(fd, text.encode())
    except OSError as e:
        trace.note("write", shown, -1, e.errno or 0, when=when)
        raise failure("write", shown, e.errno or 0) from None
    finally:
        os.close(fd)
    trace.note("write", shown, written, when=when)


def mkdir(path: str) -> None:
    """Make a directory: mkdir(2), recorded. Raises OSError with the call in its message."""
    trace.recorded("mkdir", (f'"{path}"', "0777"), os.mkdir, path)


def unlink(path: str) -> None:
    """Remove a name that is no directory: unlink(2), recorded. Raises OSError with the call in its message."""
    trace.recorded("unlink", (f'"{path}"',), os.unlink, path)


def rename(old: str, new: str, directory: int) -> None:
    """Give a name of a directory's another name there: renameat(2), recorded. Raises OSError."""
    trace.recorded(
        "renameat", (str(directory), f'"{old}"', str(directory), f'"{new}"'),
        lambda: os.rename(old, new, src_dir_fd=directory, dst_dir_fd=directory),
    )  # fmt: skip


def chown(fd: int, uid: int, gid: int) -> None:
    """Give an open file to somebody: fchown(2), recorded. Raises OSError."""
    trace.recorded("fchown", (str(fd), str(uid), str(gid)), os.fchown, fd, uid, gid)


def readable(fd: int, seconds: float = 0) -> bool:
    """Wait up to `seconds` for something to read, or for the end of the file; return whether it came.

    A pidfd is readable once its process has ended.
    """
    poll = select.poll()
    poll.register(fd, select.POLLIN)
    return bool(poll.poll(seconds * 1000))
