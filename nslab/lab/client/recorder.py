"""Collect the system calls that an experiment makes, wherever its processes are."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

from nslab.linux import memfile, trace

ROOM = 1 << 20
"""Bytes that are set aside for a record, enough for some thousands of calls; it may grow beyond."""


class Record:
    """What an experiment asked of the kernel (`calls`), and nslab to have it run (`plumbing`), in order of time."""

    def __init__(self) -> None:
        self.calls: tuple[trace.Syscall, ...] = ()
        self.plumbing: tuple[trace.Syscall, ...] = ()


@contextlib.contextmanager
def recording() -> Iterator[Record]:
    """Yield a Record that is filled at the end of the block.

    It has the calls of this thread and of all processes that come of it meanwhile, by nslab or by fork(2). Other
    threads are left out, but for those that run in a copy of this thread's context (contextvars).
    """
    record = Record()
    fd = memfile.appended("nslab-record")
    try:
        # A page of memory is charged to the cgroup of the process that first writes to it, and a cgroup that was
        # removed stays in the kernel as long as a page is charged to it. So all pages are taken here, and none by
        # processes in an experiment's cgroups.
        memfile.take(fd, ROOM)
        token = trace.record_thread(fd)
        try:
            yield record
        finally:
            trace.end_thread(token)
            calls, plumbing = trace.read(fd)
            record.calls, record.plumbing = tuple(calls), tuple(plumbing)
    finally:
        os.close(fd)
