"""Loop devices: a file that acts as a disk (loop(4)). One that is made here is gone with its last user, kill -9 or not.

Source: include/uapi/linux/loop.h.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import struct
import tempfile
from collections import namedtuple
from collections.abc import Iterator

from nslab.linux import trace
from nslab.linux.trace import failure

CONTROL = "/dev/loop-control"
DIRECTORY = "/var/tmp"
"""Where the file is: on a disk, unlike /tmp on many machines, as memory knows no direct I/O."""
LOOP_CTL_REMOVE, LOOP_CTL_GET_FREE, LOOP_CONFIGURE = 0x4C81, 0x4C82, 0x4C0A
LO_FLAGS_AUTOCLEAR, LO_FLAGS_DIRECT_IO = 4, 16
BLOCK = 4096
"""Bytes of a block of the device: with less, a disk with blocks of this size takes no direct I/O."""
_CONFIG = "II 5Q 4I 64s 64s 32s 2Q 8Q"
"""struct loop_config: file, block size; loop_info64 with its flags as the fourth of four numbers; reserved."""
RACES = 50
"""How often the free device that the kernel names may be taken by another process before it is ours."""


LoopDevice = namedtuple("LoopDevice", "path name numbers")
"""A device's node ("/dev/loop0"), its name in /sys/block ("loop0"), and its numbers ("7:0")."""


@contextlib.contextmanager
def loop_device(size: int, directory: str = DIRECTORY) -> Iterator[LoopDevice]:
    """Make a loop device of `size` bytes on a file in `directory` that has no name, and yield it. Raises OSError.

    FileNotFoundError means that the kernel has no loop devices, PermissionError (EACCES, EPERM) that this user may
    not make one. Needs Linux 5.8.
    """
    with contextlib.ExitStack() as stack:
        control = os.open(CONTROL, os.O_RDWR | os.O_CLOEXEC)
        stack.callback(os.close, control)
        file = stack.enter_context(tempfile.TemporaryFile(dir=directory))
        file.truncate(size)
        existed = set(os.listdir("/sys/block"))
        for _ in range(RACES):
            number = _ioctl(control, "LOOP_CTL_GET_FREE", LOOP_CTL_GET_FREE)
            path = f"/dev/loop{number}"
            device = os.open(path, os.O_RDWR | os.O_CLOEXEC)
            try:
                _configure(device, file.fileno())
                break
            except BaseException as e:
                os.close(device)
                if not isinstance(e, OSError) or e.errno != errno.EBUSY:
                    raise
        else:
            raise OSError(errno.EBUSY, f"each of {RACES} free loop devices was taken by another process")
        if f"loop{number}" not in existed:
            stack.callback(_remove, control, number)
        stack.callback(os.close, device)
        rdev = os.fstat(device).st_rdev
        yield LoopDevice(path, f"loop{number}", f"{os.major(rdev)}:{os.minor(rdev)}")


def _configure(device: int, file: int) -> None:
    flags, names = LO_FLAGS_AUTOCLEAR, "LO_FLAGS_AUTOCLEAR"
    if _takes_direct(file):
        flags, names = flags | LO_FLAGS_DIRECT_IO, f"{names}|LO_FLAGS_DIRECT_IO"
    config = struct.pack(_CONFIG, file, BLOCK, *[0] * 8, flags, b"nslab", b"", b"", *[0] * 10)
    _ioctl(device, "LOOP_CONFIGURE", LOOP_CONFIGURE, config, f"{{fd={file}, block_size={BLOCK}, {names}}}")


def _takes_direct(file: int) -> bool:
    """Whether the file's file system knows direct I/O. An overlay lets a loop device ask for it, and then refuses."""
    try:
        os.close(os.open(f"/proc/self/fd/{file}", os.O_RDWR | os.O_DIRECT))
    except OSError:
        return False
    return True


def _remove(control: int, number: int) -> None:
    """Remove a device that the kernel made for this, unless somebody uses it by now."""
    # EBUSY: somebody has come to use it, and it is his.
    with contextlib.suppress(OSError):
        _ioctl(control, "LOOP_CTL_REMOVE", LOOP_CTL_REMOVE, number, str(number))


def _ioctl(fd: int, name: str, request: int, argument: int | bytes = 0, shown: str = "0") -> int:
    args = (str(fd), name, shown)
    try:
        answer = fcntl.ioctl(fd, request, argument)
    except OSError as e:
        trace.note("ioctl", args, -1, e.errno or 0)
        raise failure("ioctl", args, e.errno or 0) from None
    result = 0 if isinstance(answer, bytes) else answer
    trace.note("ioctl", args, result)
    return result
