"""Take turns, and be heard: what else runs on a CPU blurs what an experiment measures there."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from nslab.cgroups.bench.panel_pause import all_still
from nslab.cgroups.core.group import Cgroup
from nslab.cgroups.core.knobs import WEIGHT
from nslab.cgroups.core.written import in_force
from nslab.linux import files

WEIGHT_DEFAULT = 100
"""The weight of a group that was given none, in v2's terms (cpu.weight)."""


@contextmanager
def alone(cpu: int) -> Iterator[None]:
    """Hold the right to measure on one CPU. The loads of this process's panels stand still meanwhile.

    Waits for the others, whoever runs them. The lock is on the kernel's own directory of that CPU: it goes with the
    process that holds it, and there is no file to leave behind.
    """
    fd = os.open(f"/sys/devices/system/cpu/cpu{cpu}", os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        with all_still():
            yield
    finally:
        os.close(fd)


@contextmanager
def heard(above: Cgroup) -> Iterator[None]:
    """Let the session's groups weigh ten times as much as what else wants the CPU, which would blur the picture.

    That is written to the session's own directory, and noted in `above.written`.
    """
    session = os.path.dirname(above.path("cpu"))
    normal, heavy = (WEIGHT.files(above, weight)[0] for weight in (WEIGHT_DEFAULT, 10 * WEIGHT_DEFAULT))
    files.write(f"{session}/{heavy[0]}", heavy[1])
    above.written = in_force(above.written, (os.path.basename(session), *heavy))
    try:
        yield
    finally:
        files.write(f"{session}/{normal[0]}", normal[1])
