"""The CLONE_NEW* flags and the names that /proc/PID/ns gives to what they make."""

from __future__ import annotations

import enum


class CloneFlag(enum.IntFlag):
    """The flag of each namespace type (clone(2), unshare(2), setns(2); include/uapi/linux/sched.h)."""

    CLONE_NEWTIME = 0x00000080
    CLONE_NEWNS = 0x00020000
    CLONE_NEWCGROUP = 0x02000000
    CLONE_NEWUTS = 0x04000000
    CLONE_NEWIPC = 0x08000000
    CLONE_NEWUSER = 0x10000000
    CLONE_NEWPID = 0x20000000
    CLONE_NEWNET = 0x40000000

    @property
    def types(self) -> tuple[str, ...]:
        """The namespace types of the flags that are set, as /proc/PID/ns names them."""
        return tuple(kind for kind, flag in FLAGS.items() if flag & self)

    def __str__(self) -> str:
        return "|".join(f.name or "" for f in FLAGS.values() if f & self) or "0"


FLAGS: dict[str, CloneFlag] = {
    "uts": CloneFlag.CLONE_NEWUTS,
    "ipc": CloneFlag.CLONE_NEWIPC,
    "pid": CloneFlag.CLONE_NEWPID,
    "net": CloneFlag.CLONE_NEWNET,
    "mnt": CloneFlag.CLONE_NEWNS,
    "user": CloneFlag.CLONE_NEWUSER,
    "cgroup": CloneFlag.CLONE_NEWCGROUP,
    "time": CloneFlag.CLONE_NEWTIME,
}
"""Namespace type → flag, in the order of the course."""
ALL = sum(map(int, FLAGS.values()))


def combine(flags: tuple[CloneFlag, ...]) -> CloneFlag:
    """Return the flags as one value. Raises TypeError for anything that is not a CloneFlag."""
    combined = 0
    for flag in flags:
        # As numbers: an enum's operators are Python code.
        if not isinstance(flag, CloneFlag) or int(flag) & ~ALL:
            names = ", ".join(f"nslab.{f.name}" for f in FLAGS.values())
            raise TypeError(f"{flag!r} is not a CLONE_NEW* flag: choose from {names}")
        combined |= int(flag)
    return CloneFlag(combined)
