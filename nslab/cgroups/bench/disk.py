"""The disk of the experiments on block I/O, and what a process moves to and from it.

Source: loop(4), proc_pid_io(5), Documentation/admin-guide/cgroup-v1/blkio-controller.rst.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import NamedTuple

from nslab.cgroups.core.statistics import IoCount
from nslab.cgroups.core.units import MIB
from nslab.errors import Unsupported
from nslab.lab.power import places, privilege, refusals
from nslab.linux import files, loopdev, process

ROOT = privilege.as_root("CAP_SYS_ADMIN", demo="blkio")
SIZE = 64 * MIB
"""Bytes of the loop device, a file without contents."""
WRITTEN = 16 * MIB
"""Bytes of the file, on a disk that others use, too. It is written once beforehand, so that only its own blocks are
counted, and no records of the file system."""


class Disk(NamedTuple):
    """`path` is the device or the file that is written and read; `node`, numbers and `name` (in /sys/block) are those
    of the disk that this uses. `shared` says that others use the disk, too.
    """

    path: str
    node: str
    numbers: str
    name: str
    shared: bool

    @property
    def notes(self) -> list[str]:
        """What a reader has to know of it."""
        own = f"No loop device may be made here, so a file on {self.node} was used; the limits are on that disk."
        return [own] if self.shared else []


def scratch_directories() -> list[str]:
    """Directories for a file of some megabytes. Those that are usually on a disk come first."""
    usual = (loopdev.DIRECTORY, tempfile.gettempdir(), os.path.expanduser("~"), process.working_directory())
    return [directory for directory in dict.fromkeys(usual) if not places.why_not_writable(directory)]


def _for_the_file() -> str:
    """Where the file of the loop device is made: on a disk where that can be written."""
    return next(iter(scratch_directories()), loopdev.DIRECTORY)


@contextmanager
def disk() -> Iterator[Disk]:
    """A loop device of the experiment's own; where this user may not make one, a file without a name on a disk.

    Raises `nslab.Unsupported`.
    """
    with ExitStack() as stack:
        try:
            device = stack.enter_context(loopdev.loop_device(SIZE, _for_the_file()))
            found = Disk(device.path, device.path, device.numbers, device.name, shared=False)
        except OSError as e:
            if isinstance(e, FileNotFoundError) and privilege.has("CAP_SYS_ADMIN"):
                raise _without_its_node(e.filename) from e
            found = stack.enter_context(_file_on_a_disk(refusals.explained(e).why))
        yield found


def _without_its_node(node: str) -> Unsupported:
    """What to do where the node of the control, or only that of one device, is not there."""
    if node == loopdev.CONTROL:
        return Unsupported(
            "a loop device", f"{node} is not there: the kernel's module loop is not loaded, or this is a container",
            f"as root: modprobe loop; a container: --device {node}, or --privileged   (or use the VM: vagrant up)",
        )  # fmt: skip
    number = node.removeprefix("/dev/loop")
    return Unsupported(
        "a loop device", f"{node} is missing: the kernel has the device, and its node is not made, as in a container",
        f"as root: mknod -m 660 {node} b 7 {number}",
    )  # fmt: skip


@contextmanager
def _file_on_a_disk(instead: str) -> Iterator[Disk]:
    """A file that lies on one whole disk, and can be read and written past all caches. `instead` of a loop device:
    why there is none.
    """
    against: list[str] = []
    for directory in scratch_directories():
        with ExitStack() as stack:
            try:
                file = stack.enter_context(tempfile.TemporaryFile(dir=directory))
                path = f"/proc/{os.getpid()}/fd/{file.fileno()}"
                device = os.fstat(file.fileno()).st_dev
                numbers = f"{os.major(device)}:{os.minor(device)}"
                if not os.path.exists(f"/sys/dev/block/{numbers}"):
                    against.append(f"{directory} is not on one disk (tmpfs, overlay, btrfs …)")
                    continue
                os.close(os.open(path, os.O_RDWR | os.O_DIRECT))
                for _ in range(WRITTEN // MIB):
                    file.write(bytes(MIB))
                os.fsync(file.fileno())
            except OSError as e:
                against.append(f"{directory}: {e.strerror}")
                continue
            yield _disk_of(numbers, path)
            return
    raise Unsupported("a disk to write to", f"no loop device: {instead}; and {'; '.join(against)}", ROOT)


def _disk_of(numbers: str, path: str) -> Disk:
    """The disk that a file system is on: limits are for whole disks, not for partitions."""
    where = os.path.realpath(f"/sys/dev/block/{numbers}")
    if os.path.exists(f"{where}/partition"):
        where = os.path.dirname(where)
    name = os.path.basename(where)
    return Disk(path, f"/dev/{name.replace('!', '/')}", files.read(f"{where}/dev"), name, shared=True)


def disks_below(device: Disk) -> list[str]:
    """The numbers of the disk, and for a loop device of the one that its file is on."""
    found = [device.numbers]
    if not device.shared:
        there = os.stat(_for_the_file()).st_dev
        numbers = f"{os.major(there)}:{os.minor(there)}"
        if os.path.exists(f"/sys/dev/block/{numbers}"):
            found.append(_disk_of(numbers, "").numbers)
    return found


def moved_by(pid: int) -> IoCount:
    """What a process has written and read so far, past all caches: bytes, and calls of read(2) and write(2).

    Raises OSError: FileNotFoundError or ProcessLookupError when there is no such process.
    """
    count = process.io(pid)
    return IoCount(count["read_bytes"], count["write_bytes"], count["syscr"], count["syscw"])
