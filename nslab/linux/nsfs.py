"""What the kernel tells of namespaces: /proc/PID/ns, /proc/PID/fd, nsfs mounts and the requests of ioctl_ns(2).

Written for speed: a map of the machine asks ten questions of each process.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import struct
from collections.abc import Iterator
from functools import cache
from typing import Any

from nslab.linux import arch, mountinfo, ns
from nslab.linux.flags import FLAGS

SIOCGSKNS = 0x894C
"""The request for the network namespace of a socket (include/uapi/linux/sockios.h)."""

LINKS = (*FLAGS, "pid_for_children", "time_for_children")
"""The links of /proc/PID/ns that name namespaces."""


def processes() -> list[int]:
    """The processes of the mounted /proc, in ascending order."""
    return sorted(int(name) for name in os.listdir("/proc") if name.isdigit())


def links(base: str, names: tuple[str, ...]) -> list[str] | None:
    """The texts of the links `names` in the directory ns of `base`, such as "uts:[4026531838]"; "" for one not there.

    `base` is "/proc/PID" or "/proc/PID/task/TID".

    None where they may not be read, [] where the process is gone. A zombie, and a first thread that has ended before
    the others, has left all but its pid and user namespaces.
    """
    base += "/ns/"
    readlink = os.readlink
    try:
        return [readlink(base + name) for name in names]
    except PermissionError:
        return None
    except OSError:
        texts = [_link(base + name) for name in names]
        return texts if any(texts) else []


def _link(path: str) -> str:
    try:
        return os.readlink(path)
    except OSError:
        return ""


def threads(pid: int) -> list[str]:
    """The threads of a process besides its first, which has the process's own number; [] when it is gone."""
    directory = f"/proc/{pid}/task"
    try:
        # This directory's count of links is 2 and its threads: most processes have one, and need no second look.
        if os.stat(directory).st_nlink == 3:
            return []
        return [tid for tid in os.listdir(directory) if tid != str(pid)]
    except OSError:
        return []


def descriptors(base: str) -> tuple[list[tuple[str, str]], list[tuple[str, str]]] | None:
    """The namespaces, and the sockets, that a process holds open; `base` is its directory in /proc.

    Each is (number of the descriptor, text such as "net:[4026532177]" or "socket:[9382]"). None where they may not be
    read; both are empty when the process is gone.
    """
    namespaces: list[tuple[str, str]] = []
    sockets: list[tuple[str, str]] = []
    base += "/fd/"
    try:
        fds = os.listdir(base)
    except PermissionError:
        return None
    except OSError:
        return namespaces, sockets
    readlink = os.readlink
    for fd in fds:
        try:
            target = readlink(base + fd)
        except OSError:
            continue  # closed meanwhile
        if target[-1] == "]":
            kind = target.partition(":[")[0]
            if kind == "socket":
                sockets.append((fd, target))
            elif kind in FLAGS:
                namespaces.append((fd, target))
    return namespaces, sockets


def bound(base: str) -> Iterator[tuple[str, str]]:
    """The namespaces bound to a file in a process's mount namespace: (path, text such as "net:[4026532177]").

    `base` is the directory of the process, or of one of its threads, in /proc.
    """
    try:
        with open(f"{base}/mountinfo", "rb") as f:
            text = f.read()
    except OSError:
        return
    if b" - nsfs " not in text:
        return
    lines = [line for line in text.split(b"\n") if b" - nsfs " in line]
    for mounted in mountinfo.parsed(b"\n".join(lines).decode(errors="surrogateescape")):
        if mounted.fstype == "nsfs":
            yield mounted.point, mounted.root


def opened(path: str, inode: int) -> int | None:
    """A descriptor of the namespace `inode` behind a file; None where it cannot be opened, or is another by now."""
    try:
        # Over a file that is in a mountinfo another may be mounted, even a device, and a process's number may be used
        # again: so it is looked at before it is opened.
        found = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        info = os.fstat(found)
        if info.st_ino != inode or info.st_dev != _device():
            return None
        return os.open(f"/proc/self/fd/{found}", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    finally:
        os.close(found)


@cache
def _device() -> int:
    """The device number of nsfs, in which every namespace is an inode."""
    return os.stat("/proc/self/ns/mnt").st_dev


def related(fd: int, request: int) -> int | None:
    """A descriptor of the owner (NS_GET_USERNS) or the parent (NS_GET_PARENT) of a namespace (ioctl_ns(2)).

    None for what lies outside the caller's view.
    """
    try:
        return fcntl.ioctl(fd, request)
    except OSError:
        return None


def owner_uid(fd: int) -> int | None:
    """The user who made a user namespace (ioctl_ns(2), NS_GET_OWNER_UID)."""
    try:
        return int(struct.unpack("I", fcntl.ioctl(fd, ns.NS_GET_OWNER_UID, b"\0" * 4))[0])
    except OSError:
        return None


def networks(pid: int, sockets: list[tuple[str, str]]) -> Iterator[tuple[str, int]]:
    """The network namespaces of a process's sockets: (number of the descriptor, a descriptor of the namespace).

    It is the caller's to close. A socket cannot be opened by its link in /proc/PID/fd, so a copy of the descriptor is
    taken (pidfd_getfd(2), SIOCGSKNS of Linux 4.9). Raises OSError: EPERM where either is not permitted.
    """
    refused: OSError | None = None
    pidfd = os.pidfd_open(pid)
    try:
        for fd, text in sockets:
            try:
                copy = _pidfd_getfd(pidfd, int(fd))
            except OSError as e:
                if e.errno == errno.EBADF:
                    continue  # closed since
                raise
            try:
                # By now the process's number, or the descriptor's, may be another's.
                if text == f"socket:[{os.fstat(copy).st_ino}]":
                    network = fcntl.ioctl(copy, SIOCGSKNS)
                    yield fd, network
            except OSError as e:
                refused = e  # this one's namespace is somebody else's; the next one's need not be
            finally:
                os.close(copy)
    finally:
        os.close(pidfd)
    if refused:
        raise refused


@cache
def _syscall() -> tuple[Any, int]:
    """syscall(2) for pidfd_getfd(2), and its number. Not recorded: there is a call for each socket of the machine."""
    call = ctypes.CDLL(None, use_errno=True)["syscall"]
    call.argtypes, call.restype = (ctypes.c_long, ctypes.c_int, ctypes.c_int, ctypes.c_uint), ctypes.c_long
    return call, arch.number("pidfd_getfd")


def _pidfd_getfd(pidfd: int, fd: int) -> int:
    call, number = _syscall()
    got = int(call(number, pidfd, fd, 0))
    if got == -1:
        raise OSError(ctypes.get_errno(), f"pidfd_getfd({pidfd}, {fd}, 0): {os.strerror(ctypes.get_errno())}")
    return got


def socket_groups(pid: int | str) -> list[str]:
    """The lines of /proc/PID/cgroup that tell how a process's sockets are marked (net_cls, net_prio of v1).

    A descriptor that is copied is marked anew, as one of the process that copies it. Raises OSError.
    """
    with open(f"/proc/{pid}/cgroup", "rb") as f:
        lines = f.read().decode(errors="surrogateescape").split("\n")
    return [line for line in lines if line and {"net_cls", "net_prio"} & set(line.split(":", 2)[1].split(","))]


def hides(pid: int | str = "self") -> str:
    """The option of /proc by which it does not list the processes of others, hidepid=; "" without it (proc(5))."""
    try:
        mounted = [m for m in mountinfo.mounts(pid) if m.point == "/proc" and m.fstype == "proc"]
    except OSError:
        return ""
    for option in mounted[-1].super_options.split(",") if mounted else ():
        if option in ("hidepid=2", "hidepid=invisible", "hidepid=4", "hidepid=ptraceable"):
            return option
    return ""


def command(pid: int) -> str:
    """The name of a process (/proc/PID/comm), or "" when it is gone."""
    try:
        with open(f"/proc/{pid}/comm", "rb") as f:
            return f.read().removesuffix(b"\n").decode(errors="surrogateescape")
    except OSError:
        return ""
