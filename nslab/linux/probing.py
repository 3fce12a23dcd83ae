"""What system calls get: made in a child, with arguments that change nothing, so that a filter may also kill it."""

from __future__ import annotations

import ctypes
import mmap
import os
import signal
from collections.abc import Sequence

from nslab.linux import capsets, filters, process, trace
from nslab.signals import signal_name

ALLOWED = "allowed"
KILLED = "killed"
REFUSALS = ("EPERM", "EACCES", "ENOSYS")
"""What says that a call is not to be had; any other error is of its arguments, and so it has been let through."""
_PREPARING, _ASKED, _ANSWERED = 0, 1, 2
_SIZE = 3
"""Bytes in the shared memory for each call: how far it is, and the errno."""

Argument = int | bytes
Asked = tuple[int, Sequence[Argument]]
"""A call: its number, and its arguments, of which bytes are handed over by their address."""


def answers(asked: Sequence[Asked], under: Sequence[bytes]) -> list[str]:
    """Make the calls one after the other in a child that has first been given the filters `under`, the oldest first.

    Returns for each "allowed", the name of an errno of REFUSALS, or "killed": then the next ones are made in another
    child. Answers come through memory, since a filter may forbid to write. Not recorded. Raises OSError where there can
    be no child, or the kernel does not take a filter.
    """
    found: list[str] = []
    with trace.plumbing(), mmap.mmap(-1, max(mmap.PAGESIZE, _SIZE * len(asked))) as shared:
        while len(found) < len(asked):
            first = len(found)
            child = process.fork()
            if child == 0:
                _ask(asked, first, under, shared)
            code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            for at in range(first, len(asked)):
                stage, said = _at(shared, at)
                if stage == _ANSWERED:
                    name = trace.errno_name(said) if said else ""
                    found.append(name if name in REFUSALS else ALLOWED)
                elif stage == _ASKED and code < 0:
                    found.append(KILLED if code == -signal.SIGSYS else f"{KILLED} by {signal_name(-code)}")
                    break
                else:
                    raise OSError(said, f"a child did not take the filters: {os.strerror(said)} (status {code})")
    return found


def _at(shared: mmap.mmap, number: int) -> tuple[int, int]:
    start = _SIZE * number
    return shared[start], int.from_bytes(shared[start + 1 : start + _SIZE], "little")


def _note(shared: mmap.mmap, number: int, stage: int, said: int = 0) -> None:
    start = _SIZE * number
    # How far it is comes last: it says that the errno is there.
    shared[start + 1 : start + _SIZE] = said.to_bytes(_SIZE - 1, "little")
    shared[start] = stage


def _ask(asked: Sequence[Asked], first: int, under: Sequence[bytes], shared: mmap.mmap) -> None:
    """The child: it ends here, whatever happens."""
    try:
        kept = [[ctypes.create_string_buffer(each, len(each) + 1) if isinstance(each, bytes) else each
                 for each in arguments] for _, arguments in asked]  # fmt: skip
        call = ctypes.CDLL(None, use_errno=True).syscall
        # Without it a filter asks for CAP_SYS_ADMIN; it changes what an execve(2) gives, and none is made here.
        capsets.set_no_new_privs()
        for each in under:
            filters.install(each)
        for at in range(first, len(asked)):
            values = [ctypes.c_long(each if isinstance(each, int) else ctypes.addressof(each)) for each in kept[at]]
            ctypes.set_errno(0)
            _note(shared, at, _ASKED)
            failed = call(ctypes.c_long(asked[at][0]), *values) == -1
            _note(shared, at, _ANSWERED, ctypes.get_errno() if failed else 0)
    except OSError as e:
        _note(shared, first, _PREPARING, e.errno or 0)
    finally:
        os._exit(0)
