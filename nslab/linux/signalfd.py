"""Signals to be read from a descriptor, with who sent them: signalfd(2)."""

from __future__ import annotations

import os
import signal
import struct
from collections.abc import Iterable
from ctypes import c_char_p, c_int
from typing import NamedTuple

from nslab.linux.libc import function

_signalfd = function("signalfd", c_int, c_char_p, c_int)
_SET = 128
"""Bytes of the C library's sigset_t; one bit for each signal, the first for number 1."""
_INFO = struct.Struct("=I i i I 112x")
"""struct signalfd_siginfo: its signal, errno, code and pid."""


class Sent(NamedTuple):
    """A signal, and the process that sent it; 0 for the kernel, or one of another pid namespace."""

    signal: int
    pid: int


def opened(signals: Iterable[int]) -> int:
    """Have these signals come by the returned descriptor alone, close-on-exec: they are blocked. Raises OSError."""
    wanted = set(signals)
    signal.pthread_sigmask(signal.SIG_BLOCK, wanted)
    mask = sum(1 << (number - 1) for number in wanted).to_bytes(_SET, "little")
    return _signalfd(-1, (mask, str(sorted(wanted))), os.O_CLOEXEC)


def read(fd: int) -> Sent:
    """Wait for the next signal."""
    number, _, _, pid = _INFO.unpack(os.read(fd, _INFO.size))
    return Sent(number, pid)
