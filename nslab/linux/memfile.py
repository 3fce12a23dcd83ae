"""A file in memory that many processes append to: memfd_create(2), fallocate(2)."""

from __future__ import annotations

import ctypes
import fcntl
import os

from nslab.linux import trace

FALLOC_FL_KEEP_SIZE = 1
_fallocate = ctypes.CDLL(None).fallocate
_fallocate.argtypes = (ctypes.c_int, ctypes.c_int, ctypes.c_int64, ctypes.c_int64)


def appended(name: str) -> int:
    """Return the descriptor of a new file: each write goes to its end, whoever it is that writes. Raises OSError."""
    fd = _made(name, os.MFD_CLOEXEC)
    fcntl.fcntl(fd, fcntl.F_SETFL, os.O_APPEND)
    return fd


def bounded(name: str, size: int) -> int:
    """Return the descriptor of a new file that stays as large as it is: whoever writes past its end gets EPERM.

    It is sealed for that (memfd_create(2); fcntl(2), "File Sealing"). Raises OSError.
    """
    fd = _made(name, os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    os.ftruncate(fd, size)
    fcntl.fcntl(fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK)
    return fd


def take(fd: int, size: int) -> None:
    """Have the kernel set memory aside for the file's next `size` bytes, charged to this process's cgroup.

    Where there is none, each write takes its own.
    """
    _fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, size)


def _made(name: str, flags: int) -> int:
    """memfd_create(2); not recorded, since the record is such a file itself."""
    try:
        return os.memfd_create(name, flags)
    except OSError as e:
        raise trace.failure("memfd_create", (f'"{name}"', hex(flags)), e.errno or 0) from None
