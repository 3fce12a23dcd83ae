"""Capabilities and identity of this process (capabilities(7), credentials(7))."""

from __future__ import annotations

import os
from ctypes import c_int, c_ulong

from nslab.linux import files, process
from nslab.linux.libc import function

_prctl = function("prctl", c_int, c_ulong, c_ulong, c_ulong, c_ulong)

PR_SET_DUMPABLE = 4


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
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    # A change of ids hides /proc/self from its owner (prctl(2), PR_SET_DUMPABLE), which the experiments read.
    _prctl((PR_SET_DUMPABLE, "PR_SET_DUMPABLE"), 1, 0, 0, 0)
