"""IPC namespaces: System V objects and POSIX message queues of one's own (ipc_namespaces(7))."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Sequence

from nslab.errors import Unsupported, checked_whole
from nslab.experiment.evidence import Evidence, Row
from nslab.experiment.expect import Exactly, OnlyInside, Same
from nslab.experiment.parts import Part
from nslab.kernels.elsewhere import elsewhere
from nslab.lab.client.place import Place
from nslab.linux import files, ns, process, sysv
from nslab.linux.libc import answer
from nslab.namespaces.run import own_namespace, run
from nslab.namespaces.told import first_line

CLAIM = "Message queues, semaphores and shared memory made on one side of CLONE_NEWIPC are not there on the other."
KINDS = {"msg": "message queue", "sem": "semaphore", "shm": "shared memory"}
OBJECTS = {"queue": KINDS["msg"], "semaphore": KINDS["sem"], "memory": KINDS["shm"], "posix": "POSIX message queue"}
"""What look() looks for, in its order: beginning of the row's key → name of the kind."""
LIMIT = "/proc/sys/kernel/msgmni"
LOWERED = 1234
"""What the limit is set to. A new namespace starts with the kernel's default, which need not be the host's limit."""
QUEUE = "/nslab"
SEEN_OUTSIDE_ONLY = Exactly("found", "ENOENT", "found", "found on the host, ENOENT inside")
SEEN_INSIDE_ONLY = Exactly("ENOENT", "found", "ENOENT", "found inside, ENOENT on the host")
ARRIVES = Exactly("waiting", "ok", "arrived", "the signal arrives")


@elsewhere
def demo(key: int = 0x6E736C61, only: str | Sequence[str] | None = None) -> Evidence:
    """Make System V objects and a POSIX message queue on both sides of an IPC namespace, and look for them.

    `key`: the System V key, 1 to 2147483647 (ftok(3) makes such numbers). `only`: the names of PARTS to run.
    Raises TypeError, ValueError, `nslab.Unsupported`. Source: ipc_namespaces(7), sysvipc(7), mq_overview(7).
    """
    key = checked_whole("key", key, 1, 2**31 - 1)
    return run("ipc", CLAIM, PARTS, only, {"key": key}, standin={"ipc": True})


def look(key: int) -> list[str]:
    """For each of OBJECTS: "found", or the kernel's answer."""
    answers = [answer(sysv.get, kind, key) for kind in KINDS] + [answer(sysv.mq_open, QUEUE)]
    return ["found" if a == "ok" else a for a in answers]


def make(key: int) -> None:
    """Make one object of each kind."""
    for kind in KINDS:
        sysv.get(kind, key, create=True)
    sysv.mq_open(QUEUE, create=True)


def _made_outside(outside: Place, treated: bool, *, key: int) -> Iterator[Row]:
    ns_before = outside.ns["ipc"]
    outside.call(make, key)
    before = outside.call(look, key)
    with outside.sandbox(ipc=treated) as box:
        inside, after = box.call(look, key), outside.call(look, key)
        yield own_namespace("ipc", ns_before, box.ns["ipc"], outside.ns["ipc"])
    for i, (name, label) in enumerate(OBJECTS.items()):
        yield Row(f"{name}-outside", f"{label} made outside", before[i], inside[i], after[i], SEEN_OUTSIDE_ONLY)


def _made_inside(outside: Place, treated: bool, *, key: int) -> Iterator[Row]:
    before, ns_before = outside.call(look, key), outside.ns["ipc"]
    with outside.sandbox(ipc=treated) as box:
        box.call(make, key)
        inside, after = box.call(look, key), outside.call(look, key)
        yield own_namespace("ipc", ns_before, box.ns["ipc"], outside.ns["ipc"])
    for i, (name, label) in enumerate(OBJECTS.items()):
        yield Row(f"{name}-inside", f"{label} made inside", before[i], inside[i], after[i], SEEN_INSIDE_ONLY)


def _limits(outside: Place, treated: bool) -> Iterator[Row]:
    before, ns_before = outside.call(_limit), outside.ns["ipc"]
    value = LOWERED if before != LOWERED else LOWERED + 1
    with outside.sandbox(ipc=treated) as box:
        inside = box.call(_set_limit, value)
        if inside is None:
            raise Unsupported(
                "a change of kernel.msgmni inside a user namespace",
                f"Linux {os.uname().release} lets only the host's root write {LIMIT}",
                "run as root, or use Linux 6.9 or newer, which lets the namespace's owner",
            )
        after = outside.call(_limit)
        yield own_namespace("ipc", ns_before, box.ns["ipc"], outside.ns["ipc"])
    yield Row("msgmni", "limit kernel.msgmni", before, inside, after, OnlyInside(value))


def _limit() -> int:
    return int(files.read(LIMIT))


def _set_limit(value: int) -> int | None:
    """Set the limit and read it back; None where that is not allowed."""
    try:
        files.write(LIMIT, str(value))
    except PermissionError:
        return None
    return _limit()


def _signals(outside: Place, treated: bool) -> Iterator[Row]:
    with outside.clone(_wait_for_signal, stream=False) as waiter, outside.sandbox(ipc=treated) as box:
        before, ns_before = first_line(waiter).split()
        with box.clone(_send_signal, args=(waiter.pid,), stream=False) as sender:
            inside, own_pid, ns_inside = sender.result(WAIT)
        after, told, ns_after = waiter.result(WAIT)
    # Both processes tell their own namespace: a signal that was sent from the host would arrive just as well.
    yield own_namespace("ipc", int(ns_before), ns_inside, ns_after)
    yield Row("signal", "a signal from inside to a process outside", before, inside, after, ARRIVES, decisive=False)
    yield Row("sender", "pid of the sender: to the host, to itself, and as it came with the signal (si_pid)",
              sender.pid, own_pid, told, Same(), decisive=False, varies=True)  # fmt: skip


WAIT = 30.0
"""Seconds within which a signal has to arrive; it takes less than a millisecond."""


def _wait_for_signal() -> tuple[str, int | None, int]:
    """Wait for SIGUSR1; return what came of it, the pid of its sender, and this process's IPC namespace."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
    print("waiting", ns.inode("ipc"))
    came = signal.sigtimedwait({signal.SIGUSR1}, WAIT - 1)
    return "arrived" if came else "nothing came", came.si_pid if came else None, ns.inode("ipc")


def _send_signal(pid: int) -> tuple[str, int, int]:
    """Send SIGUSR1; return the kernel's answer, this process's own pid, and its IPC namespace."""
    return answer(process.kill, pid, signal.SIGUSR1), os.getpid(), ns.inode("ipc")


PARTS = (
    Part("outside", "what the host made is not there inside", _made_outside, standin=True),
    Part("inside", "what is made inside is not there on the host", _made_inside, standin=True),
    Part("limits", "each IPC namespace has limits of its own", _limits),
    Part("signals", "semaphores are namespaced, signals are not", _signals, standin=True),
)
