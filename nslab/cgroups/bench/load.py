"""What runs inside the groups: loads that say when they have begun. Imported by the fork server, so it stays small."""

from __future__ import annotations

import errno
import os
import signal
import time

from nslab.linux import process, trace

READY = "r"
"""What a load prints once it runs."""
SIGN = signal.SIGUSR1
"""The sign that some loads then wait for."""


def stay_on(cpus: tuple[int, ...]) -> None:
    """Run on these CPUs alone. That is no part of an experiment, only where it takes place."""
    with trace.plumbing():
        process.set_affinity(cpus)


def burn(cpus: tuple[int, ...]) -> None:
    """Use up whatever CPU time there is on these CPUs, in user mode, for ever."""
    stay_on(cpus)
    os.write(1, READY.encode())
    while True:
        pass


def burn_system(cpus: tuple[int, ...]) -> None:
    """Use up CPU time in system mode: each read of /dev/zero fills 1 MiB in the kernel."""
    stay_on(cpus)
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
    """Do nothing, under a name for ps(1), and say so once it has that."""
    process.set_name(name)
    os.write(1, READY.encode())
    time.sleep(60)


def fork_bomb(most: int, pause: float, seconds: float) -> None:
    """Fork every `pause` seconds, as does each child; print the errno of each fork that is refused.

    There are never more than `most` processes, and after `seconds` all have ended.
    """
    end = time.monotonic() + seconds
    # The pipe has a byte for each process that may still be made: a process takes one before it forks.
    take, give = os.pipe()
    os.set_blocking(take, False)
    os.write(give, bytes(most - 1))
    os.write(1, READY.encode())
    while time.monotonic() < end:
        if _takes_one(take):
            try:
                process.fork()
            except OSError as e:
                os.write(1, errno.errorcode[e.errno or 0].encode() + b" ")
                os.write(give, bytes(1))
        time.sleep(pause)
    os._exit(0)


def _takes_one(pipe: int) -> bool:
    try:
        return bool(os.read(pipe, 1))
    except BlockingIOError:
        return False


def spend(cpus: tuple[int, ...], user: float, system: float) -> None:
    """Use CPU time, so many seconds in user and then in system mode; print what getrusage(2) says, and wait."""
    import resource

    stay_on(cpus)
    zero, buffer = os.open("/dev/zero", os.O_RDONLY), bytearray(1 << 20)
    os.write(1, READY.encode())
    _compute_until(user)
    # By the clock of all CPU time, as not every kernel counts system time separately (user-mode Linux does not).
    while time.process_time() < user + system:
        os.readv(zero, [buffer])
    used = resource.getrusage(resource.RUSAGE_SELF)
    report(used.ru_utime, used.ru_stime)


def touch(cpus: tuple[int, ...], pages: int, steps: int, pause: float) -> None:
    """At a sign touch so many new pages in `steps`, with a pause after each; print its page faults since, and wait."""
    import mmap
    import resource

    def faults() -> int:
        used = resource.getrusage(resource.RUSAGE_SELF)
        return used.ru_minflt + used.ru_majflt

    stay_on(cpus)
    memory = mmap.mmap(-1, pages * mmap.PAGESIZE)
    wait_for_sign()
    before = faults()
    for step in range(steps):
        for page in range(pages * step // steps, pages * (step + 1) // steps):
            memory[page * mmap.PAGESIZE] = 1
        time.sleep(pause)
    report(faults() - before)


def nap(cpus: tuple[int, ...], times: int, pause: float) -> None:
    """At a sign sleep so many times for `pause` seconds; print how often another process got the CPU since, and wait.

    Source: getrusage(2).
    """
    import resource

    def switches() -> int:
        used = resource.getrusage(resource.RUSAGE_SELF)
        return used.ru_nvcsw + used.ru_nivcsw

    stay_on(cpus)
    wait_for_sign()
    before = switches()
    for _ in range(times):
        time.sleep(pause)
    report(switches() - before)


def compute(cpus: tuple[int, ...], seconds: float) -> None:
    """At a sign use so much CPU time; print how much it was, and wait."""
    stay_on(cpus)
    wait_for_sign()
    before = time.process_time()
    _compute_until(before + seconds)
    report(time.process_time() - before)


def _compute_until(seconds: float) -> None:
    while time.process_time() < seconds:
        for _ in range(20_000):
            pass


def wait_for_sign() -> None:
    """Say that the load is ready, and wait for SIGUSR1: so everything before it can be left out of the counts."""
    signal.pthread_sigmask(signal.SIG_BLOCK, [SIGN])
    os.write(1, READY.encode())
    signal.sigwait([SIGN])


def burn_threads(cpus: tuple[int, ...], threads: int) -> None:
    """Use up CPU time in several threads of one process, for ever."""
    import threading
    import zlib

    def compute() -> None:
        buffer = bytes(1 << 20)
        while True:
            zlib.crc32(buffer)  # releases Python's lock, so that the other threads run meanwhile

    stay_on(cpus)
    for _ in range(threads - 1):
        threading.Thread(target=compute, daemon=True).start()
    os.write(1, READY.encode())
    compute()


def report(*values: float) -> None:
    """Print what the load counts of itself, and stay while it is compared: to end would add to the kernel's counts."""
    os.write(1, f"{' '.join(map(str, values))}\n".encode())
    time.sleep(60)
