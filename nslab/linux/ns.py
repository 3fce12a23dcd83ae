"""Join, leave and identify namespaces: unshare(2), setns(2), pidfd_open(2), /proc/PID/ns, ioctl_ns(2)."""

from __future__ import annotations

import fcntl
import os
from ctypes import c_int

from nslab.linux import trace
from nslab.linux.flags import FLAGS, CloneFlag
from nslab.linux.libc import function

_unshare = function("unshare", c_int)
_setns = function("setns", c_int, c_int)

NS_GET_USERNS = 0xB701
NS_GET_PARENT = 0xB702
NS_GET_OWNER_UID = 0xB704

OPTIONS = {
    "uts": "CONFIG_UTS_NS", "ipc": "CONFIG_IPC_NS", "pid": "CONFIG_PID_NS", "net": "CONFIG_NET_NS",
    "mnt": "CONFIG_NAMESPACES", "user": "CONFIG_USER_NS", "cgroup": "CONFIG_CGROUPS",
    "time": "CONFIG_TIME_NS (Linux 5.6)",
}  # fmt: skip
"""Namespace type → the option with which a kernel is built that has it."""


def inode(kind: str, pid: int | str = "self") -> int:
    """The inode number that identifies a namespace: two processes with the same number share it (namespaces(7))."""
    return os.stat(f"/proc/{pid}/ns/{kind}").st_ino


def inodes(pid: int | str = "self") -> dict[str, int]:
    """Namespace type → inode number, for each type that this kernel has. Raises OSError when the process is gone."""
    found = {}
    for kind in FLAGS:
        try:
            found[kind] = inode(kind, pid)
        except FileNotFoundError:
            if not os.path.exists(f"/proc/{pid}/ns"):
                raise
    return found


def available() -> tuple[str, ...]:
    """The namespace types that this kernel has (the names in /proc/self/ns)."""
    try:
        present = set(os.listdir("/proc/self/ns"))
    except PermissionError:
        # After setuid(2) the directory is root's (prctl(2), PR_SET_DUMPABLE); its links can still be looked up.
        present = {kind for kind in FLAGS if os.path.lexists(f"/proc/self/ns/{kind}")}
    return tuple(kind for kind in FLAGS if kind in present)


def unshare(flags: CloneFlag) -> None:
    """Move this process into new namespaces; its children, for pid and time (unshare(2)). Raises OSError."""
    _unshare((int(flags), str(flags)))


def setns(fd: int, flags: int = 0) -> None:
    """Join the namespace(s) behind `fd`, a file of /proc/PID/ns or a pidfd (setns(2)). Raises OSError."""
    _setns(fd, (int(flags), str(CloneFlag(flags))))


def pidfd_open(pid: int) -> int:
    """Return a descriptor that stays with this very process, also when its pid is used again. Raises OSError."""
    fd = os.pidfd_open(pid)
    trace.note("pidfd_open", (str(pid), "0"), fd)
    return fd


def related(fd: int, request: int) -> int:
    """ioctl_ns(2) NS_GET_USERNS or NS_GET_PARENT: a descriptor for the owning or the parent namespace.

    Raises PermissionError where it lies outside the caller's own namespaces.
    """
    return fcntl.ioctl(fd, request)
