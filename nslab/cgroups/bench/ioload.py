"""What moves data, opens devices and takes huge pages in the groups. Imported by the fork server, so it stays small."""

from __future__ import annotations

import errno
import mmap
import os
import stat
import time
from collections.abc import Callable

from nslab.cgroups.bench.load import READY
from nslab.linux import files, hugepage, nodes


def transfer(path: str, write: bool, block: int, seconds: float) -> None:
    """Write or read a device or a file, one block after the other, past all caches (O_DIRECT), for `seconds`."""
    fd = os.open(path, (os.O_WRONLY if write else os.O_RDONLY) | os.O_DIRECT)
    size = os.lseek(fd, 0, os.SEEK_END)
    buffer = [mmap.mmap(-1, block)]  # a memory map, as direct I/O wants an address that is a multiple of the block's
    move = os.pwritev if write else os.preadv
    move(fd, buffer, 0)
    os.write(1, READY.encode())
    end, offset = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        move(fd, buffer, offset)
        offset = (offset + block) % size


def try_devices(actions: tuple[tuple[str, str], ...], every: float) -> None:
    """Try each action every `every` seconds, for ever; print a line each time: the time, and an answer to each action:
    the numbers of the device that the kernel has there ("1:5"), or an errno.

    An action is a verb and a device node: "read" and "write" open it, "keep" reads from one that was opened at the
    start, "mknod" makes a second node for it (and removes that), in a mount that goes with this process. Raises OSError
    where one cannot be done at the start: what refuses it then is none of the rules that are to come.
    """
    if any(verb == "mknod" for verb, _ in actions):
        from nslab.linux.room import own_room

        own_room()
    kept = {path: os.open(path, os.O_RDONLY) for verb, path in actions if verb == "keep"}
    for verb, path in actions:
        _VERBS[verb](kept[path] if verb == "keep" else path)
    while True:
        due = time.monotonic() + every
        answers = [_said(_VERBS[verb], kept[path] if verb == "keep" else path) for verb, path in actions]
        os.write(1, f"{time.monotonic()} {' '.join(answers)}\n".encode())
        time.sleep(max(0.0, due - time.monotonic()))


KEPT = 4096
"""Bytes that "keep" reads each time: more than all else that the process reads (rchar of /proc/PID/io)."""


def _said(action: Callable[..., os.stat_result], on: int | str) -> str:
    """Do it; return the numbers of the device that it was done with, or the name of the errno."""
    try:
        device = action(on).st_rdev
    except OSError as e:
        return errno.errorcode.get(e.errno or 0, str(e.errno))
    return f"{os.major(device)}:{os.minor(device)}"


def _keep(fd: int) -> os.stat_result:
    os.read(fd, KEPT)
    return os.fstat(fd)


def _read(path: str) -> os.stat_result:
    return _opened(path, os.O_RDONLY)


def _write(path: str) -> os.stat_result:
    return _opened(path, os.O_WRONLY)


def _opened(path: str, flags: int) -> os.stat_result:
    fd = os.open(path, flags)
    there = os.fstat(fd)
    os.close(fd)
    return there


def _mknod(path: str) -> os.stat_result:
    other = "/mnt/second"
    nodes.mknod(other, stat.S_IFCHR | 0o600, os.stat(path).st_rdev)
    there = os.stat(other)
    files.unlink(other)
    return there


_VERBS: dict[str, Callable[..., os.stat_result]] = {"keep": _keep, "read": _read, "write": _write, "mknod": _mknod}


def touch_huge(pages: int, size: int, pause: float) -> None:
    """Touch huge pages of `size` bytes, one every `pause` seconds, and print a dot for each."""
    memory = hugepage.map_pages(pages * size, reserve=False)
    os.write(1, READY.encode())
    for page in range(pages):
        time.sleep(pause)
        memory[page * size] = 1
        os.write(1, b".")
    time.sleep(pause)


def reserve_huge(pages: int, size: int, pause: float) -> None:
    """Reserve huge pages of `size` bytes, one every `pause` seconds, and print a dot for each, or errno.

    When all are reserved the first one is touched; none is touched before.
    """
    os.write(1, READY.encode())
    kept = []
    for _ in range(pages):
        time.sleep(pause)
        try:
            kept.append(hugepage.map_pages(size, reserve=True))
        except OSError as e:
            os.write(1, errno.errorcode[e.errno or 0].encode())
            break
        os.write(1, b".")
    time.sleep(2 * pause)
    kept[0][0] = 1
    time.sleep(2 * pause)
