"""Capabilities and identity of this process (capabilities(7), credentials(7))."""

from __future__ import annotations

import os
import struct
from collections.abc import Sequence
from ctypes import c_char_p, c_int, c_uint, c_ulong, create_string_buffer

from nslab.linux import files, process, trace
from nslab.linux.libc import function, syscall

_prctl = function("prctl", c_int, c_ulong, c_ulong, c_ulong, c_ulong)

_setfsgid = function("setfsgid", c_uint)

_capget = syscall("capget", c_char_p, c_char_p)
_capset = syscall("capset", c_char_p, c_char_p)

PR_SET_DUMPABLE = 4
PR_SET_KEEPCAPS = 8
_LINUX_CAPABILITY_VERSION_3 = 0x20080522
_HEADER = struct.pack("=Ii", _LINUX_CAPABILITY_VERSION_3, 0)
"""struct __user_cap_header_struct: the version, and the process, where 0 is the caller (capget(2))."""
_SHOWN_HEADER = "{version=_LINUX_CAPABILITY_VERSION_3, pid=0}"
_SETS = struct.Struct("=6I")
"""Two of struct __user_cap_data_struct (effective, permitted, inheritable): of the lower and of the upper 32 bits."""


def in_effect() -> int:
    """How many capabilities are in this process's effective set (CapEff of /proc/self/status)."""
    return int(process.status()["CapEff"], 16).bit_count()


def all_there_are() -> int:
    """How many capabilities this kernel has (/proc/sys/kernel/cap_last_cap)."""
    return int(files.read("/proc/sys/kernel/cap_last_cap")) + 1


def overflow_uid() -> int:
    """The uid that stands for those without a mapping (/proc/sys/kernel/overflowuid)."""
    return int(files.read("/proc/sys/kernel/overflowuid"))


def become(uid: int) -> None:
    """Become an ordinary user for good: no groups, all ids `uid`, no capabilities. Raises PermissionError."""
    setgroups([])
    shown = (str(uid),) * 3
    trace.recorded("setresgid", shown, os.setresgid, uid, uid, uid)
    trace.recorded("setresuid", shown, os.setresuid, uid, uid, uid)
    # A change of ids hides /proc/self from its owner (prctl(2), PR_SET_DUMPABLE), which the experiments read.
    _prctl((PR_SET_DUMPABLE, "PR_SET_DUMPABLE"), 1, 0, 0, 0)


def stand_in(uid: int, gid: int, cover: int) -> None:
    """Become a user for good, with the rights of his group, but out of his own reach: no capabilities, no groups.

    The real and the file system's group are `gid`, so that his processes may be looked at; the effective and the saved
    one are `cover`. ptrace(2) asks that all three of the other side are the caller's group: so he attaches neither to
    this process nor to a program that it runs. Raises PermissionError.
    """
    setgroups([])
    trace.recorded("setresgid", (str(gid), str(cover), str(cover)), os.setresgid, gid, cover, cover)
    _setfsgid(gid)
    trace.recorded("setresuid", (str(uid),) * 3, os.setresuid, uid, uid, uid)


def take_ids(uid: int | None, gid: int | None, drop_groups: bool) -> None:
    """Become `uid` and `gid` of this user namespace (None: stay), with all capabilities kept. Raises OSError."""
    if drop_groups:
        setgroups([])
    if gid is not None:
        trace.recorded("setresgid", (str(gid),) * 3, os.setresgid, gid, gid, gid)
    if uid is not None:
        trace.recorded("setresuid", (str(uid),) * 3, os.setresuid, uid, uid, uid)
    # A change of ids undoes both of these settings (prctl(2)), so they are made again.
    _prctl((PR_SET_DUMPABLE, "PR_SET_DUMPABLE"), 1, 0, 0, 0)
    process.die_with_parent()


def exchange_ids(uid: int, gid: int, *, drop_groups: bool) -> None:
    """Become `uid` and `gid` of this user namespace and keep what is permitted, whoever that is (prctl(2),
    PR_SET_KEEPCAPS); nothing is in effect afterwards where root becomes another. Raises OSError.
    """
    if drop_groups:
        setgroups([])
    _prctl((PR_SET_KEEPCAPS, "PR_SET_KEEPCAPS"), 1, 0, 0, 0)
    trace.recorded("setresgid", (str(gid),) * 3, os.setresgid, gid, gid, gid)
    trace.recorded("setresuid", (str(uid),) * 3, os.setresuid, uid, uid, uid)


def hide() -> None:
    """Have nobody but the machine's root look into this process: no ptrace(2), nothing of /proc/PID that needs it."""
    _prctl((PR_SET_DUMPABLE, "PR_SET_DUMPABLE"), 0, 0, 0, 0)


def setgid(gid: int) -> None:
    """Take a group id, all of them with CAP_SETGID (setgid(2)). Raises OSError."""
    trace.recorded("setgid", (str(gid),), os.setgid, gid)


def setuid(uid: int) -> None:
    """Take a user id, all of them with CAP_SETUID (setuid(2)). Raises OSError."""
    trace.recorded("setuid", (str(uid),), os.setuid, uid)


def setgroups(groups: Sequence[int]) -> None:
    """Set the supplementary groups (setgroups(2)). Raises PermissionError (EPERM)."""
    shown = (str(len(groups)), f"[{', '.join(map(str, groups))}]")
    trace.recorded("setgroups", shown, os.setgroups, groups)


def drop(bit: int) -> None:
    """Take one capability out of the effective, permitted and inheritable set, and leave the others (capset(2)).

    The ambient set follows by itself (capabilities(7)). Raises OSError.
    """
    set_to(*(whole & ~(1 << bit) for whole in _sets()))


def set_to(effective: int, permitted: int, inheritable: int) -> None:
    """Set the three sets of this thread, as bits (capset(2)). Raises OSError (EPERM) for what is not permitted."""
    low = tuple(whole & 0xFFFFFFFF for whole in (effective, permitted, inheritable))
    high = tuple(whole >> 32 for whole in (effective, permitted, inheritable))
    shown = f"{{effective={effective:#x}, permitted={permitted:#x}, inheritable={inheritable:#x}}}"
    _capset((_HEADER, _SHOWN_HEADER), (_SETS.pack(*low, *high), shown))


def _sets() -> tuple[int, int, int]:
    """The effective, the permitted and the inheritable set of this thread (capget(2))."""
    data = create_string_buffer(_SETS.size)
    _capget((_HEADER, _SHOWN_HEADER), (data, "…"))
    n = _SETS.unpack(data.raw)
    return n[0] | n[3] << 32, n[1] | n[4] << 32, n[2] | n[5] << 32
