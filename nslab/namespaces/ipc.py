"""IPC namespaces: System V objects and POSIX message queues of one's own (ipc_namespaces(7))."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from nslab.errors import Unsupported, checked_whole
from nslab.evidence import Evidence, Expect, Row
from nslab.lab.handle import Child
from nslab.lab.place import Place
from nslab.linux import files, process, sysv
from nslab.linux.libc import answer
from nslab.namespaces.experiment import Part, run

CLAIM = "Message queues, semaphores and shared memory made on one side of CLONE_NEWIPC are not there on the other."
KINDS = {"msg": "message queue", "sem": "semaphore", "shm": "shared memory"}
LIMIT = "/proc/sys/kernel/msgmni"
QUEUE = "/nslab"
SEEN_OUTSIDE_ONLY = Expect(
    "found on the host, ENOENT inside", lambda b, i, a: (b, i, a) == ("found", "ENOENT", "found")
)
SEEN_INSIDE_ONLY = Expect(
    "found inside, ENOENT on the host", lambda b, i, a: (b, i, a) == ("ENOENT", "found", "ENOENT")
)
ARRIVES = Expect("the signal arrives", lambda b, i, a: (b, i, a) == ("waiting", "ok", "arrived"))
OWN_LIMIT = Expect("changed inside, unchanged on the host", lambda b, i, a: i != b and a == b)


def demo(key: int = 0x6E736C61, only: str | Sequence[str] | None = None) -> Evidence:
    """Make System V objects and a POSIX message queue on both sides of an IPC namespace, and look for them.

    `key`: the System V key, 1 to 2147483647 (ftok(3) makes such numbers). `only`: the names of PARTS to run.
    Raises TypeError, ValueError, `nslab.Unsupported`. Source: ipc_namespaces(7), sysvipc(7), mq_overview(7).
    """
    key = checked_whole("key", key, 1, 2**31 - 1)
    return run("ipc", CLAIM, PARTS, only, {"key": key}, standin={"ipc": True})


def panel() -> Any:
    """Return the same experiment as a panel: choose a part, guess, run it, and compare. Source: namespaces(7)."""
    from nslab.namespaces.panel import panel

    return panel("ipc")


def look(key: int) -> list[str]:
    """For each kind of object and the POSIX queue: "found", or the kernel's answer."""
    answers = [answer(sysv.get, kind, key) for kind in KINDS] + [answer(sysv.mq_open, QUEUE)]
    return ["found" if a == "ok" else a for a in answers]


def make(key: int) -> None:
    """Make one object of each kind."""
    for kind in KINDS:
        sysv.get(kind, key, create=True)
    sysv.mq_open(QUEUE, create=True)


def _made_outside(outside: Place, isolated: bool, options: Mapping[str, Any]) -> Iterator[Row]:
    key = options["key"]
    outside.call(make, key)
    with outside.sandbox(ipc=isolated) as box:
        yield from _compare("made outside", outside, box, key, SEEN_OUTSIDE_ONLY)


def _made_inside(outside: Place, isolated: bool, options: Mapping[str, Any]) -> Iterator[Row]:
    key = options["key"]
    before = outside.call(look, key)
    with outside.sandbox(ipc=isolated) as box:
        box.call(make, key)
        yield from _compare("made inside", outside, box, key, SEEN_INSIDE_ONLY, before)


def _compare(
    where: str, outside: Place, box: Place, key: int, expect: Expect, before: list[str] | None = None
) -> Iterator[Row]:
    before = before or outside.call(look, key)
    inside, after = box.call(look, key), outside.call(look, key)
    for i, name in enumerate([*KINDS.values(), "POSIX message queue"]):
        yield Row(f"{name} {where}", before[i], inside[i], after[i], expect)


def _limits(outside: Place, isolated: bool, options: Mapping[str, Any]) -> Iterator[Row]:
    before = outside.call(_limit)
    with outside.sandbox(ipc=isolated) as box:
        inside = box.call(_lower_limit)
        if inside is None:
            raise Unsupported(
                "a change of kernel.msgmni inside a user namespace",
                f"Linux {os.uname().release} lets only the host's root write {LIMIT}",
                "run as root, or use Linux 6.9 or newer, which lets the namespace's owner",
            )
        yield Row("limit kernel.msgmni", before, inside, outside.call(_limit), OWN_LIMIT)


def _limit() -> int:
    return int(files.read(LIMIT))


def _lower_limit() -> int | None:
    try:
        files.write(LIMIT, str(_limit() // 2))
    except PermissionError:
        return None
    return _limit()


def _signals(outside: Place, isolated: bool, options: Mapping[str, Any]) -> Iterator[Row]:
    with outside.clone(_wait_for_signal, stream=False) as waiter, outside.sandbox(ipc=isolated) as box:
        before = _first_line(waiter)
        inside = box.call(answer, process.kill, waiter.pid, signal.SIGUSR1)
        yield Row(
            "a signal from inside to a process outside", before, inside, waiter.result(5), ARRIVES, decisive=False
        )


def _wait_for_signal() -> str:
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
    print("waiting")
    return "arrived" if signal.sigtimedwait({signal.SIGUSR1}, 4) else "nothing came"


def _first_line(child: Child, seconds: float = 4.0) -> str:
    """What the child has said first; it has then come as far as it should."""
    deadline = time.monotonic() + seconds
    while "\n" not in child.read_output() and child.alive and time.monotonic() < deadline:
        time.sleep(0.001)
    return child.stdout.partition("\n")[0]


PARTS = (
    Part("outside", "what the host made is not there inside", _made_outside, standin=True, options=("key",)),
    Part("inside", "what is made inside is not there on the host", _made_inside, standin=True, options=("key",)),
    Part("limits", "each IPC namespace has limits of its own", _limits),
    Part("signals", "semaphores are namespaced, signals are not", _signals, standin=True),
)
