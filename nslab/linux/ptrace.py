"""The seccomp filters of another process, as it was given them: ptrace(2), PTRACE_SECCOMP_GET_FILTER."""

from __future__ import annotations

import ctypes
import errno
import os
from ctypes import c_long, c_void_p

from nslab.linux.libc import function

_PTRACE_DETACH = 17
_PTRACE_SEIZE = 0x4206
_PTRACE_INTERRUPT = 0x4207
_PTRACE_SECCOMP_GET_FILTER = 0x420C
_WALL = 0x40000000
_INSTRUCTION = 8
"""Bytes of one struct sock_filter."""
_ptrace = function("ptrace", c_long, c_long, c_void_p, c_void_p)


def filters_of(pid: int) -> list[bytes]:
    """The filters of a process, the oldest first; it is stopped for the moment in which they are read.

    Raises PermissionError for who lacks CAP_SYS_ADMIN over the machine or has a filter himself (EACCES), and where
    another traces it, or it may not be traced (EPERM); OSError (EINVAL) for a process that has none, and where the
    kernel has no CONFIG_CHECKPOINT_RESTORE.
    """
    _ptrace((_PTRACE_SEIZE, "PTRACE_SEIZE"), pid, None, None)
    try:
        _ptrace((_PTRACE_INTERRUPT, "PTRACE_INTERRUPT"), pid, None, None)
        os.waitpid(pid, _WALL)
        return _all(pid)
    finally:
        _ptrace((_PTRACE_DETACH, "PTRACE_DETACH"), pid, None, None)


def _all(pid: int) -> list[bytes]:
    found: list[bytes] = []
    while True:
        get = _PTRACE_SECCOMP_GET_FILTER, "PTRACE_SECCOMP_GET_FILTER"
        try:
            length = _ptrace(get, pid, len(found), None)
        except OSError as e:
            if e.errno == errno.ENOENT:
                return found
            raise
        room = ctypes.create_string_buffer(length * _INSTRUCTION)
        _ptrace(get, pid, len(found), (ctypes.addressof(room), "…"))
        found.append(room.raw)
