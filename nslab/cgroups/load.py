"""What runs inside the groups: loads that say when they have begun. Imported by the fork server, so it stays small."""

from __future__ import annotations

import os
import time

from nslab.linux import process

READY = "r"
"""What a load prints once it runs."""


def burn(cpus: tuple[int, ...]) -> None:
    """Use up whatever CPU time there is on these CPUs, in user mode, for ever."""
    os.sched_setaffinity(0, cpus)
    os.write(1, READY.encode())
    while True:
        pass


def burn_system(cpus: tuple[int, ...]) -> None:
    """Use up CPU time in system mode: each read of /dev/zero fills 1 MiB in the kernel."""
    os.sched_setaffinity(0, cpus)
    zero = os.open("/dev/zero", os.O_RDONLY)
    buffer = bytearray(1 << 20)
    os.write(1, READY.encode())
    while True:
        os.readv(zero, [buffer])


def tick(pause: float) -> None:
    """Print a dot, and do it again `pause` seconds later, for ever."""
    while True:
        os.write(1, b".")
        time.sleep(pause)


def wait_as(name: str) -> None:
    """Do nothing, under a name for ps(1)."""
    process.set_name(name)
    time.sleep(60)
