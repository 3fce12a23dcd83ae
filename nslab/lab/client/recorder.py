"""Collect the system calls that an experiment makes, wherever its processes are."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

from nslab.linux import memfile, trace

ROOM = 1 << 20
"""Bytes that are made ready for a record, some thousands of calls; it may grow beyond."""


class Record:
    """What an experiment asked of the kernel (`calls`), and nslab to have it run (`plumbing`), in order of time."""

    def __init__(self) -> None:
        self.calls: tuple[trace.Syscall, ...] = ()
        self.plumbing: tuple[trace.Syscall, ...] = ()


@contextlib.contextmanager
def recording() -> Iterator[Record]:
    """Yield a Record that is filled at the end of the block.

    It has the calls of this thread, and of the processes that this thread makes meanwhile by nslab or by forking, and
    theirs. Another thread's are its own; one that runs in a copy of this thread's context (contextvars) belongs to it.
    """
    record = Record()
    fd = memfile.appended("nslab-record")
    try:
        # Memory counts for the cgroup of the process that first writes to it, and a removed cgroup stays in the kernel
        # as long as any does. So it is all taken here, and none by what runs in the cgroups of an experiment.
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
