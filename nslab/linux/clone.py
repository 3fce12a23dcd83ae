"""clone3(2) and clone(2): make a process with new namespaces, returning twice as fork(2) does.

Only for a process with a single thread: a raw clone skips the C library's fork handlers, so that a lock which another
thread holds would stay locked in the child for ever. The fork server is such a process. Modules whose state must differ
between processes (random) are reseeded by the caller, see lab/server/inside.py.
"""

from __future__ import annotations

import ctypes
import errno
import functools
import os
import signal
import time
from ctypes import c_uint64

from nslab.linux import arch, trace
from nslab.linux.flags import CloneFlag
from nslab.linux.trace import failure

# PyDLL keeps the interpreter's lock across the call, which the child needs to find itself in order. Python's own
# fork hooks (PyOS_AfterFork_Child) are left out on purpose: they repair what other threads may have held, and there
# are none, at the price of 180 copied pages, which is half the time of a clone.
_syscall = ctypes.PyDLL(None, use_errno=True).syscall
_prctl = ctypes.CDLL(None, use_errno=True).prctl

CLONE_CHILD_CLEARTID = 0x00200000
CLONE_CHILD_SETTID = 0x01000000
CLONE_INTO_CGROUP = 0x200000000
CLONE_ARGS_SIZE_VER0 = 64
"""Size of clone_args up to `tls`, which every kernel with clone3() takes."""
PR_GET_TID_ADDRESS = 40


class _CloneArgs(ctypes.Structure):
    """struct clone_args of clone3(2), as of Linux 5.7."""

    _fields_ = [
        (name, c_uint64)
        for name in ("flags", "pidfd", "child_tid", "parent_tid", "exit_signal", "stack", "stack_size", "tls",
                     "set_tid", "set_tid_size", "cgroup")
    ]  # fmt: skip


@functools.cache
def _flags_text(flags: int, extra: int, into: bool = False) -> str:
    names = [str(CloneFlag(flags))] if flags else []
    names += ["CLONE_CHILD_CLEARTID", "CLONE_CHILD_SETTID"] if extra else []
    names += ["CLONE_INTO_CGROUP"] if into else []
    return "|".join(names)


@functools.cache
def _clone_args_text(flags: int, extra: int, into: bool) -> str:
    child_tid = "child_tid=…, " if extra else ""
    cgroup = ", cgroup=…" if into else ""
    return f"{{flags={_flags_text(flags, extra, into) or 0}, {child_tid}exit_signal=SIGCHLD{cgroup}}}"


@functools.cache
def _tid_address() -> int:
    """The address at which the C library keeps this thread's id, where the child gets its own; 0 where the kernel does
    not tell.
    """
    address = ctypes.c_void_p()
    # prctl(2): the kernel tells it only when built with CONFIG_CHECKPOINT_RESTORE.
    if _prctl(PR_GET_TID_ADDRESS, ctypes.byref(address), 0, 0, 0) != 0:
        return 0
    return address.value or 0


def clone(flags: int = 0, cgroup: int | None = None, *, aside: bool = False) -> int:
    """Make a child in the new namespaces that `flags` name; return its pid, and 0 in the child.

    `cgroup` is a descriptor of the directory of a cgroup of v2: the child starts there (CLONE_INTO_CGROUP, Linux 5.7).
    `aside` makes it nslab's plumbing in the record.
    Raises OSError: EPERM without the privilege, EINVAL for flags that do not go together, ENOSPC where a
    limit on namespaces is reached, EACCES where the cgroup may not be joined, EBUSY where it has controllers of its own
    for children. Source: clone(2), cgroups(7).
    """
    tid = _tid_address()
    extra = CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID if tid else 0
    args = _CloneArgs(flags=flags | extra, child_tid=tid, exit_signal=signal.SIGCHLD)
    size = CLONE_ARGS_SIZE_VER0
    if cgroup is not None:
        args.flags |= CLONE_INTO_CGROUP
        args.cgroup = cgroup
        size = ctypes.sizeof(args)
    number = arch.number("clone3")
    when = time.time_ns()
    ctypes.set_errno(0)
    pid = _syscall(ctypes.c_long(number), ctypes.byref(args), ctypes.c_size_t(size))
    if pid == 0:
        return 0
    err = ctypes.get_errno() if pid == -1 else 0
    name = "clone3"
    shown: tuple[str, ...] = (_clone_args_text(flags, extra, cgroup is not None), str(size))
    if err == errno.ENOSYS and cgroup is None and not flags & CloneFlag.CLONE_NEWTIME:
        # Linux before 5.3, and seccomp filters that answer ENOSYS so that callers fall back to clone().
        trace.note(name, shown, -1, err, when=when, aside=aside)
        name, shown = "clone", (_flags_text(flags, extra) + ("|" if flags or extra else "") + "SIGCHLD",)
        when = time.time_ns()
        pid, err = _old_clone(flags, extra, tid)
        if pid == 0:
            return 0
    if pid == -1:
        trace.note(name, shown, -1, err, when=when, aside=aside)
        raise failure(name, shown, err)
    trace.note(name, shown, pid, when=when, aside=aside)
    return int(pid)


def _old_clone(flags: int, extra: int, tid: int) -> tuple[int, int]:
    bits = ctypes.c_ulong(flags | extra | signal.SIGCHLD)
    # The order of the last two arguments is the architecture's own (clone(2), "C library/kernel differences").
    tail = (ctypes.c_void_p(tid), ctypes.c_ulong(0))
    if os.uname().machine == "aarch64":
        tail = (ctypes.c_ulong(0), ctypes.c_void_p(tid))  # type: ignore[assignment]
    ctypes.set_errno(0)
    pid = _syscall(arch.number("clone"), bits, ctypes.c_void_p(None), ctypes.c_void_p(None), *tail)
    return int(pid), ctypes.get_errno()
