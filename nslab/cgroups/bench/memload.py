"""What uses memory inside the groups. Imported by the fork server, so it stays small."""

from __future__ import annotations

import contextlib
import mmap
import os
import signal
import time

from nslab.cgroups.bench.load import READY

STEP = 1 << 20
"""Bytes that are taken at once."""


def grow(size: int, seconds: float, stay: float) -> None:
    """Take `size` bytes step by step, evenly over `seconds`, and keep them for `stay` seconds."""
    memory = _room(size)
    os.write(1, READY.encode())
    start = time.monotonic()
    for end in range(STEP, size + 1, STEP):
        time.sleep(max(0.0, start + seconds * end / size - time.monotonic()))
        _touch(memory, end)
    time.sleep(stay)


def hold(size: int) -> None:
    """Take `size` bytes, and keep them for ever."""
    memory = _room(size)
    for end in range(STEP, size + 1, STEP):
        _touch(memory, end)
    os.write(1, READY.encode())
    while True:
        time.sleep(3600)


def on_request(size: int) -> None:
    """Take `size` bytes at each SIGUSR1, and give the last ones back at each SIGUSR2, for ever."""
    wanted, taken = {signal.SIGUSR1, signal.SIGUSR2}, []
    signal.pthread_sigmask(signal.SIG_BLOCK, wanted)
    os.write(1, READY.encode())
    while True:
        if signal.sigwait(wanted) == signal.SIGUSR1:
            taken.append(_room(size))
            for end in range(STEP, size + 1, STEP):
                _touch(taken[-1], end)
        elif taken:
            taken.pop().close()


def read(path: str, seconds: float) -> int:
    """Read a file from end to end, evenly over `seconds`; return how many bytes it had."""
    buffer = bytearray(STEP // 8)
    fd = os.open(path, os.O_RDONLY)
    os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_RANDOM)  # no more than what is asked for is read ahead
    size, done = os.fstat(fd).st_size, 0
    os.write(1, READY.encode())
    start = time.monotonic()
    while got := os.preadv(fd, [buffer], done):
        done += got
        time.sleep(max(0.0, start + seconds * done / size - time.monotonic()))
    os.close(fd)
    return done


def _room(size: int) -> mmap.mmap:
    """Addresses without memory: each page gets its memory when it is first written."""
    room = mmap.mmap(-1, size, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    # Without huge pages, which would take 2 MiB at once. A kernel that has none answers EINVAL.
    with contextlib.suppress(OSError):
        room.madvise(mmap.MADV_NOHUGEPAGE)
    return room


def _touch(memory: mmap.mmap, end: int) -> None:
    memory[end - STEP : end : mmap.PAGESIZE] = b"x" * (STEP // mmap.PAGESIZE)
