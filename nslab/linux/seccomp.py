"""What a filter of system calls answers (seccomp(2)), as a container's runtime or a sandbox puts one on a process."""

from __future__ import annotations

import ctypes
import errno
import os

from nslab.linux import arch, process

PROBES: dict[str, tuple[tuple[int, ...], int]] = {
    "clone": ((0x10000000 | 0x200, 0, 0, 0, 0), errno.EINVAL),  # CLONE_NEWUSER|CLONE_FS
    "clone3": ((0, 0), errno.EINVAL),  # no arguments
    "unshare": ((1,), errno.EINVAL),  # no such flag
    "setns": ((-1, 0), errno.EBADF),
    "mount": ((0, 0, 1, 0, 0), errno.EFAULT),  # the type of file system at address 1
    "umount2": ((0, -1), errno.EINVAL),  # all flags
    "pidfd_open": ((-1, -1), errno.EINVAL),
    "pidfd_send_signal": ((-1, 0, 0, -1), errno.EINVAL),
    "perf_event_open": ((0, 0, 0, -1, -1), errno.EINVAL),
}
"""System call → arguments that no kernel takes, and what a kernel that is asked answers, whatever the privilege."""
_FILTERED = 2
"""SECCOMP_MODE_FILTER of Seccomp in /proc/PID/status."""


def filtered() -> bool:
    """Whether this process has a filter (Seccomp of /proc/self/status). Raises OSError without a /proc."""
    return int(process.status().get("Seccomp", "0")) == _FILTERED


def answer(name: str) -> str:
    """What a filter says to a system call: "EPERM", "ENOSYS"; "" where the kernel itself is asked, or cannot tell.

    The call is made with arguments that change nothing. Not recorded.
    """
    if name not in PROBES or not filtered():
        return ""
    arguments, expected = PROBES[name]
    syscall = ctypes.CDLL(None, use_errno=True).syscall
    ctypes.set_errno(0)
    syscall(ctypes.c_long(arch.number(name)), *(ctypes.c_long(each) for each in arguments))
    said = ctypes.get_errno()
    if said == expected or said not in (errno.EPERM, errno.EACCES, errno.ENOSYS):
        return ""
    if said == errno.ENOSYS and _is_older_than(name):
        return ""
    return errno.errorcode[said]


def _is_older_than(name: str) -> bool:
    since = {"clone3": (5, 3), "pidfd_open": (5, 3), "pidfd_send_signal": (5, 1)}.get(name, (0, 0))
    major, minor = (int("".join(filter(str.isdigit, part)) or 0) for part in os.uname().release.split(".")[:2])
    return (major, minor) < since
