"""PID namespaces: a pid 1 of one's own, and all that hangs on it (pid_namespaces(7))."""

from __future__ import annotations

import errno
import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from typing import Any

from nslab.errors import Left, checked_whole
from nslab.evidence import ISOLATED, UNTOUCHED, Evidence, Expect, Row, inside_is
from nslab.lab import session
from nslab.lab.handle import Child
from nslab.lab.place import Place
from nslab.linux import ns, process
from nslab.linux.clone import clone
from nslab.linux.flags import CloneFlag
from nslab.linux.libc import answer
from nslab.namespaces.experiment import Part, run

CLAIM = (
    "The first process in a PID namespace is pid 1 there and another pid outside, and all in it live and die with it."
)
DEEPEST = 32
"""MAX_PID_NS_LEVEL of include/linux/pid_namespace.h; the host's own namespace is level 0."""
MOST = 20
"""Levels that may be asked for: this machine may itself be some levels down."""
ZOMBIE_WAIT = 0.3
"""Seconds that an orphan which ended has to be reaped; nslab's own init looks every 0.1 s."""
NEWPID = CloneFlag.CLONE_NEWPID


def demo(levels: int = 3, only: str | Sequence[str] | None = None) -> Evidence:
    """Show what is special about the first process of a PID namespace.

    `levels`: how many namespaces to nest in the part "levels", 1 to 20. `only`: the names of PARTS to run.
    Raises TypeError, ValueError, `nslab.Unsupported`. Source: pid_namespaces(7).
    """
    levels = checked_whole("levels", levels, 1, MOST, f"(the kernel's limit is {DEEPEST}, counted from the outermost)")
    return run("pid", CLAIM, PARTS, only, {"levels": levels}, standin={"pid": True})


def panel() -> Any:
    """Return the same experiment as a panel: choose a part, guess, run it, and compare. Source: namespaces(7)."""
    from nslab.namespaces.panel import panel

    return panel("pid")


def _flags(isolated: bool) -> tuple[CloneFlag, ...]:
    return (NEWPID,) if isolated else ()


# -- init ------------------------------------------------------------------------------------------------


def _init(outside: Place, isolated: bool, options: Mapping[str, Any]) -> Iterator[Row]:
    with outside.sandbox(pid=isolated) as box:
        with box.clone(time.sleep, args=(60,), stream=False) as second:
            level = len(outside.call(process.nspid))
            first = outside.clone(_ids, *_flags(isolated), stream=False)
            own, parent = first.result()
            two_is = Expect("its ids are a pid outside and another inside", lambda b, i, a: b == a != i and i < 10)
            ids = process.nspid(second.pid)[level - 1 :]
            yield Row("getpid() of the first process", first.pid, own, first.pid, inside_is(1), varies=True)
            yield Row("getppid() of the first process", os.getpid(), parent, os.getpid(), inside_is(0), varies=True)
            yield Row("NSpid of a second process", ids[0], ids[-1], ids[0], two_is, varies=True)


def _ids() -> tuple[int, int]:
    return os.getpid(), os.getppid()


# -- proc ------------------------------------------------------------------------------------------------


def _proc(outside: Place, isolated: bool, options: Mapping[str, Any]) -> Iterator[Row]:
    newns = CloneFlag.CLONE_NEWNS
    old = outside.clone(_listed, *_flags(isolated), newns, stream=False).result()
    new = outside.clone(_listed, *_flags(isolated), newns, proc=True, stream=False).result()
    here = _listed()
    many = Expect("the old /proc still lists the host's processes", lambda b, i, a: i > 2)
    yield Row("processes in the old /proc", here[0], old[0], here[0], many, decisive=False, varies=True)
    yield Row("processes in a new /proc", here[0], new[0], here[0], inside_is(1), varies=True)
    yield Row("/proc/self in a new /proc", here[1], new[1], here[1], inside_is(1), varies=True)


def _listed() -> tuple[int, int]:
    """How many processes /proc lists, and which of them it says this one is."""
    return sum(name.isdigit() for name in os.listdir("/proc")), int(os.readlink("/proc/self"))


# -- levels ----------------------------------------------------------------------------------------------


def _levels(outside: Place, isolated: bool, options: Mapping[str, Any]) -> Iterator[Row]:
    n = options["levels"]
    with ExitStack() as stack:
        place: Place = outside
        base = len(outside.call(process.nspid))
        for _ in range(n):
            place = stack.enter_context(place.sandbox(pid=isolated))
        ids = process.nspid(place.pid)  # type: ignore[attr-defined]
        yield Row(
            f"ids of one process below {n} more namespaces", base, len(ids), base, inside_is(base + n), varies=True
        )


# -- orphans and zombies ---------------------------------------------------------------------------------


def _orphans(outside: Place, isolated: bool, options: Mapping[str, Any]) -> Iterator[Row]:
    adopted, state = outside.clone(
        _leave_an_orphan, *_flags(isolated), CloneFlag.CLONE_NEWNS, proc=True, stream=False
    ).result()
    yield Row("an orphan's new parent", "–", adopted, "–", inside_is("the process we cloned"))
    yield Row("an orphan that ended and that nobody waits for", "–", state, "–", inside_is("zombie"))


def _leave_an_orphan() -> tuple[str, str]:
    """Fork a child that forks a grandchild and ends; say who the grandchild's parent is then, and how it ends."""
    read, write = os.pipe()
    end_read, end_write = os.pipe()
    child = os.fork()
    if child == 0:
        middle = os.getpid()
        if os.fork() == 0:
            os.close(end_write)
            while os.getppid() == middle:
                time.sleep(0.001)
            os.write(write, f"{os.getpid()} {os.getppid()}".encode())
            os.read(end_read, 1)
        os._exit(0)
    os.close(end_read)
    os.waitpid(child, 0)
    orphan, parent = os.read(read, 64).decode().split()
    os.close(end_write)
    return "the process we cloned" if int(parent) == os.getpid() else "another process", _fate(int(orphan))


def _fate(pid: int) -> str:
    """ "gone" once the process was waited for, "zombie" when after ZOMBIE_WAIT it still was not."""
    deadline = time.monotonic() + ZOMBIE_WAIT
    while os.path.exists(f"/proc/{pid}"):
        if time.monotonic() > deadline:
            return "runs" if process.runs(pid) else "zombie"
        time.sleep(0.005)
    return "gone"


# -- signals ---------------------------------------------------------------------------------------------


def _signals(outside: Place, isolated: bool, options: Mapping[str, Any]) -> Iterator[Row]:
    for sig in (signal.SIGTERM, signal.SIGKILL):
        shot = outside.clone(_shot_by_its_child, *_flags(isolated), args=(sig,), stream=False)
        yield Row(f"{sig.name} to init from inside", "–", _outcome(shot), "–", inside_is("ignored"))
    for sig in (signal.SIGTERM, signal.SIGKILL):
        with outside.clone(time.sleep, *_flags(isolated), args=(60,), stream=False) as init:
            init.kill(sig)
            # Of two that kill, the first is the one that it ends by.
            init.kill(signal.SIGKILL)
            outcome = "killed" if init.wait(5) == -sig else "ignored"
        expected = inside_is("killed" if sig == signal.SIGKILL else "ignored")
        yield Row(f"{sig.name} to init from the parent namespace", "–", outcome, "–", expected,
                  decisive=sig != signal.SIGKILL)  # fmt: skip


def _shot_by_its_child(sig: int) -> str:
    target = os.getpid()
    child = os.fork()
    if child == 0:
        os.kill(target, sig)
        os._exit(0)
    os.waitpid(child, 0)
    return "ignored"


def _outcome(child: Child) -> str:
    try:
        return str(child.result(5))
    except Left:
        return "killed"


# -- killing init ----------------------------------------------------------------------------------------


def _killing(outside: Place, isolated: bool, options: Mapping[str, Any]) -> Iterator[Row]:
    with outside.clone(_have_children, *_flags(isolated), args=(3,), stream=False) as init:
        _until(lambda: len(process.descendants(init.pid)) == 3)
        below = process.descendants(init.pid)
        init.kill()
        init.wait(5)
        _until(lambda: not any(map(process.runs, below)), seconds=0.1)
        left = sum(map(process.runs, below))
        for pid in filter(process.runs, below):
            os.kill(pid, signal.SIGKILL)
        yield Row("processes left of 3 when their init is killed", len(below), left, left, inside_is(0))


def _have_children(n: int) -> None:
    for _ in range(n):
        if os.fork() == 0:
            break
    time.sleep(60)


def _until(done: Callable[[], bool], seconds: float = 3.0) -> None:
    deadline = time.monotonic() + seconds
    while not done() and time.monotonic() < deadline:
        time.sleep(0.002)


# -- strangers -------------------------------------------------------------------------------------------


def _strangers(outside: Place, isolated: bool, options: Mapping[str, Any]) -> Iterator[Row]:
    with outside.clone(time.sleep, args=(60,), stream=False) as stranger:
        number = process.nspid(stranger.pid)[-1]
        before = outside.call(answer, process.kill, number, 0)
        inside = outside.clone(answer, *_flags(isolated), args=(process.kill, number, 0), stream=False).result()
        yield Row(
            "kill(pid of a process outside, 0)", before, inside, "ok" if stranger.alive else "gone", inside_is("ESRCH")
        )


# -- unshare ---------------------------------------------------------------------------------------------


def _unshare(outside: Place, isolated: bool, options: Mapping[str, Any]) -> Iterator[Row]:
    before, after, own, children, first = outside.clone(_unshare_and_fork, args=(isolated,), stream=False).result()
    yield Row("unshare(): the caller's own namespace", before, own, after, UNTOUCHED, decisive=False, varies=True)
    yield Row("unshare(): its children's (pid_for_children)", before, children, after, ISOLATED, varies=True)
    yield Row("unshare(): getpid() of its first child", "–", first, "–", inside_is(1), varies=True)


def _unshare_and_fork(isolated: bool) -> tuple[int, int, int, int, int]:
    before = ns.inode("pid")
    if isolated:
        ns.unshare(NEWPID)
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(write, str(os.getpid()).encode())
        os._exit(0)
    children = ns.inode("pid_for_children")
    os.waitpid(child, 0)
    return before, ns.inode("pid"), ns.inode("pid"), children, int(os.read(read, 32))


# -- limit -----------------------------------------------------------------------------------------------


def _limit(outside: Place, isolated: bool, options: Mapping[str, Any]) -> Iterator[Row]:
    start = outside.call(process.nspid)
    level, refusal = outside.clone(_as_deep_as_possible, args=(isolated,), stream=False).result()
    here = len(start) - 1
    # In a container the outermost level cannot be seen, and some of the levels above may be the container's.
    outermost = session.namespace() == session.INITIAL
    expected = inside_is(DEEPEST) if outermost else Expect("more than before, and below 32", lambda b, i, a: b < i < 32)
    yield Row("deepest level that could be made", here, level, here, expected, varies=True)
    yield Row("the kernel's answer to one more", "–", refusal, "–", inside_is("ENOSPC"))


def _as_deep_as_possible(isolated: bool) -> tuple[int, str]:
    read, write = os.pipe()
    _descend(NEWPID if isolated else CloneFlag(0), write, DEEPEST + 3)
    level, refusal = os.read(read, 64).decode().split()
    return int(level), refusal


def _descend(flags: CloneFlag, write: int, left: int) -> None:
    """Clone a child that does the same, until the kernel refuses or `left` generations are there."""
    refusal = "ok"
    if left:
        try:
            child = clone(int(flags))
        except OSError as e:
            refusal = errno.errorcode.get(e.errno or 0, str(e))
        else:
            if child == 0:
                _descend(flags, write, left - 1)
                os._exit(0)
            os.waitpid(child, 0)
            return
    os.write(write, f"{len(process.nspid()) - 1} {refusal}".encode())


PARTS = (
    Part("init", "pid 1 inside, another pid outside, and no parent", _init),
    Part("proc", "/proc shows the PID namespace of whoever mounted it", _proc),
    Part("levels", "one process has one pid for each level", _levels, options=("levels",)),
    Part("orphans", "init becomes the parent of orphans, and must wait for them", _orphans),
    Part("signals", "init is safe from its own namespace, and from its parent's but for SIGKILL", _signals),
    Part("killing", "when init dies, all die", _killing),
    Part("strangers", "who is outside has no number inside", _strangers),
    Part("unshare", "unshare() moves the children, not the caller", _unshare, standin=True),
    Part("limit", "32 levels, and no more", _limit, standin=True),
)
