"""PID namespaces: a pid 1 of one's own, and all that hangs on it (pid_namespaces(7))."""

from __future__ import annotations

import errno
import json
import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace

from nslab.errors import Left, checked_whole
from nslab.experiment.evidence import Evidence, Inode, Row
from nslab.experiment.expect import NOT_ASKED, Between, Exactly, Expect, Is, OnlyInside, Same
from nslab.experiment.parts import Part
from nslab.kernels.elsewhere import elsewhere
from nslab.lab.client.child import Child
from nslab.lab.client.place import Place
from nslab.lab.upkeep import cleanup, session
from nslab.linux import ns, process, trace
from nslab.linux.clone import clone
from nslab.linux.flags import CloneFlag
from nslab.linux.forked import Tell, telling
from nslab.linux.libc import answer
from nslab.namespaces.run import own_namespace, run
from nslab.namespaces.told import STAY, tell_and_stay, told

CLAIM = (
    "The first process in a PID namespace is pid 1 there and another pid outside, and all in it live and die with it."
)
DEEPEST = 32
"""MAX_PID_NS_LEVEL of include/linux/pid_namespace.h; the host's own namespace is level 0."""
MOST = 20
"""Levels that may be asked for: this machine may itself be some levels down."""
ZOMBIE_WAIT = 0.3
"""Seconds after which an orphan that ended is still a zombie, where its new parent waits for nobody."""
REAPED = 30.0
"""Seconds within which another parent has waited for it; nslab's own looks every 0.1 s."""
CHILDREN = 3
BEAT = 0.001
"""Seconds between two signs of life."""
NEWPID = CloneFlag.CLONE_NEWPID
NEWNS = CloneFlag.CLONE_NEWNS


@elsewhere
def demo(levels: int = 3, only: str | Sequence[str] | None = None) -> Evidence:
    """Show what is special about the first process of a PID namespace.

    `levels`: how many namespaces to nest in the part "levels", 1 to 20. `only`: the names of PARTS to run.
    Raises TypeError, ValueError, `nslab.Unsupported`. Source: pid_namespaces(7).
    """
    levels = checked_whole("levels", levels, 1, MOST, f"(the kernel's limit is {DEEPEST}, counted from the outermost)")
    return run("pid", CLAIM, PARTS, only, {"levels": levels}, standin={"pid": True})


def _flags(treated: bool) -> tuple[CloneFlag, ...]:
    return (NEWPID,) if treated else ()


def _inode(key: str, what: str, before: int, inside: int, after: int) -> Inode:
    """The line of inodes for one of several namespaces of a part."""
    line = own_namespace("pid", before, inside, after)
    return replace(line, key=f"inode-{key}", label=f"{line.label} ({what})")


# -- init ------------------------------------------------------------------------------------------------


def _init(outside: Place, treated: bool) -> Iterator[Row]:
    ns_before = outside.ns["pid"]
    with outside.clone(_tell_ids, *_flags(treated), stream=False) as first:
        # Looked at from outside before and after it tells: a process keeps the id that it was born with.
        before = outside.call(_ids_here, first.pid)
        said = told(first)
        after = outside.call(_ids_here, first.pid)
        yield own_namespace("pid", ns_before, said["ns"], outside.ns["pid"])
    yield Row("getpid", "getpid() of the first process", before[0], said["pid"], after[0], OnlyInside(1), varies=True)
    yield Row("getppid", "getppid() of the first process", before[1], said["parent"], after[1], OnlyInside(0),
              varies=True)  # fmt: skip

    ns_before = outside.ns["pid"]
    with outside.sandbox(pid=treated) as box, box.clone(_tell_ids, stream=False) as second:
        before = outside.call(_ids_here, second.pid)
        said = told(second)
        after = outside.call(_ids_here, second.pid)
        yield _inode("second", "second", ns_before, said["ns"], outside.ns["pid"])
    yield Row("second", "NSpid of a second process", before[0], said["pid"], after[0], varies=True)


def _tell_ids() -> None:
    tell_and_stay(pid=os.getpid(), parent=os.getppid(), ns=ns.inode("pid"))


def _ids_here(pid: int) -> tuple[int, int]:
    """The ids of a process and of its parent in the caller's pid namespace; `pid` is its number in the mounted /proc.

    That /proc may be of a namespace further up: NSpid lists the ids from there down.
    """
    level = len(process.nspid()) - 1
    return process.nspid(pid)[level], process.nspid(process.status(pid)["PPid"])[level]


# -- proc ------------------------------------------------------------------------------------------------


def _proc(outside: Place, treated: bool) -> Iterator[Row]:
    with outside.clone(time.sleep, args=(STAY,), stream=False) as stranger:
        ns_before, before = outside.ns["pid"], outside.call(_listed)
        there = outside.call(process.starttime, stranger.pid)
        old = outside.clone(_found, *_flags(treated), NEWNS, args=(stranger.pid,), stream=False).result()
        new = outside.clone(_listed, *_flags(treated), NEWNS, proc=True, stream=False).result()
        after, still = outside.call(_listed), outside.call(process.starttime, stranger.pid)
        yield _inode("old", "old /proc", ns_before, old[1], outside.ns["pid"])
        yield _inode("new", "new /proc", ns_before, new[2], outside.ns["pid"])
    # The start time cannot be guessed: whoever tells it has found the process.
    yield Row("old-proc", "start of a process outside, in the old /proc", there, old[0], still, Same(), decisive=False,
              varies=True)  # fmt: skip
    only = OnlyInside(1, steady=False)
    yield Row("new-proc", "processes in a new /proc", before[0], new[0], after[0], only, varies=True)
    yield Row("new-proc-self", "/proc/self in a new /proc", before[1], new[1], after[1], only, varies=True)


def _listed() -> tuple[int, int, int]:
    """How many processes /proc lists, which of them it calls "self", and this process's pid namespace."""
    count = sum(name.isdigit() for name in os.listdir("/proc"))
    return count, int(os.readlink("/proc/self")), ns.inode("pid")


def _found(pid: int) -> tuple[int, int]:
    """The start time of the process that /proc lists under this number, and the caller's pid namespace."""
    return process.starttime(pid), ns.inode("pid")


# -- levels ----------------------------------------------------------------------------------------------


def _levels(outside: Place, treated: bool, *, levels: int) -> Iterator[Row]:
    ns_before, before = outside.ns["pid"], outside.call(_depth)
    with ExitStack() as stack:
        place: Place = outside
        for _ in range(levels):
            place = stack.enter_context(place.sandbox(pid=treated))
        inside, after = place.call(_depth), outside.call(_depth)
        yield own_namespace("pid", ns_before, place.ns["pid"], outside.ns["pid"])
    yield Row("levels", f"ids of one process below {levels} more namespaces", before, inside, after,
              OnlyInside(before + levels), varies=True)  # fmt: skip


def _depth() -> int:
    return len(process.nspid())


# -- orphans and zombies ---------------------------------------------------------------------------------


def _orphans(outside: Place, treated: bool) -> Iterator[Row]:
    ns_before = outside.ns["pid"]
    adopted, state, inode = outside.clone(_leave_an_orphan, *_flags(treated), NEWNS, proc=True, stream=False).result()
    yield own_namespace("pid", ns_before, inode, outside.ns["pid"])
    yield Row("parent", "an orphan's new parent", NOT_ASKED, adopted, NOT_ASKED, Is("the process we cloned"))
    yield Row("ended", "an orphan that ended and that nobody waits for", NOT_ASKED, state, NOT_ASKED, Is("zombie"))


def _leave_an_orphan() -> tuple[str, str, int]:
    """Fork a child that forks a grandchild and ends; say who the grandchild's parent is then, and how it ends."""
    end_read, end_write = os.pipe()

    def orphan(tell: Tell) -> None:
        middle = os.getpid()
        if process.fork() == 0:
            os.close(end_write)
            while os.getppid() == middle:
                time.sleep(0.001)
            tell((os.getpid(), os.getppid()))
            os.read(end_read, 1)

    child, (left, parent) = telling(orphan)
    os.waitpid(child, 0)
    os.close(end_read)
    os.close(end_write)
    _until(lambda: not process.runs(left))
    ours = parent == os.getpid()
    adopted = "the process we cloned" if ours else "another process"
    return adopted, _fate(left, ZOMBIE_WAIT if ours else REAPED), ns.inode("pid")


def _fate(pid: int, seconds: float) -> str:
    """ "gone" once the process was waited for, "zombie" when after these seconds it still was not."""
    if process.runs(pid):
        return "runs"
    deadline = time.monotonic() + seconds
    while os.path.exists(f"/proc/{pid}"):
        if time.monotonic() > deadline:
            return "zombie"
        time.sleep(0.005)
    return "gone"


# -- signals ---------------------------------------------------------------------------------------------


def _signals(outside: Place, treated: bool) -> Iterator[Row]:
    for sig in (signal.SIGTERM, signal.SIGKILL):
        key, ns_before = f"{sig.name.lower()}-inside", outside.ns["pid"]
        with outside.clone(_shot_by_its_child, *_flags(treated), args=(sig,), stream=False) as init:
            yield _inode(key, f"{sig.name} from inside", ns_before, told(init)["ns"], outside.ns["pid"])
            outcome = _outcome(init)
        yield Row(key, f"{sig.name} to init from inside", NOT_ASKED, outcome, NOT_ASKED,
                  Is("ignored"))  # fmt: skip
    for sig, expected in ((signal.SIGTERM, "ignored"), (signal.SIGKILL, "killed")):
        key, ns_before = f"{sig.name.lower()}-outside", outside.ns["pid"]
        with outside.clone(_show_signs_of_life, *_flags(treated), stream=False) as init:
            yield _inode(key, f"{sig.name} from outside", ns_before, told(init)["ns"], outside.ns["pid"])
            init.kill(sig)
            outcome = _survival(init, sig)
        yield Row(key, f"{sig.name} to init from the parent namespace", NOT_ASKED, outcome,
                  NOT_ASKED, Is(expected), decisive=sig != signal.SIGKILL)  # fmt: skip


def _shot_by_its_child(sig: int) -> str:
    print(json.dumps({"ns": ns.inode("pid")}), flush=True)
    target = os.getpid()
    child = process.fork()
    if child == 0:
        process.kill(target, sig)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return "ignored" if os.waitstatus_to_exitcode(status) == 0 else "not sent"


def _outcome(child: Child) -> str:
    try:
        return str(child.result(30))
    except Left:
        return "killed"


def _show_signs_of_life() -> None:
    print(json.dumps({"ns": ns.inode("pid")}), flush=True)
    while True:
        time.sleep(BEAT)
        print(flush=True)


def _survival(child: Child, sig: int, seconds: float = 30.0) -> str:
    """What a signal did that was sent: "killed", or "ignored" where the process has since shown signs of life. A
    process takes a signal when it comes back from a system call, at the latest. So two lines that were both written
    after the signal show that it was survived, however slow the machine is, and also where the process is traced.
    """
    there = child.read_output().count("\n")
    deadline = time.monotonic() + seconds
    while child.alive and time.monotonic() < deadline:
        if child.read_output().count("\n") >= there + 3:
            return "ignored"
        time.sleep(BEAT)
    status = child.wait(seconds)
    return "killed" if status == -sig else f"ended with {status}"


# -- killing init ----------------------------------------------------------------------------------------


def _killing(outside: Place, treated: bool) -> Iterator[Row]:
    ns_before = outside.ns["pid"]
    with outside.clone(_have_children, *_flags(treated), args=(CHILDREN,), stream=False) as init:
        _until(lambda: len(process.descendants(init.pid)) == CHILDREN)
        below = process.descendants(init.pid)
        yield own_namespace("pid", ns_before, init.ns["pid"], outside.ns["pid"])
        before = sum(map(process.runs, below))
        # Held before: once they have ended, their numbers may be others'.
        held = list(cleanup.below(init.pid))
        init.kill()
        init.wait(30)
        _until(lambda: not any(map(process.runs, below)), seconds=0.1)
        left = sum(map(process.runs, below))
        with trace.plumbing():
            cleanup.kill(held)
    yield Row("killing", f"processes left of {CHILDREN} when their init is killed", before, left, NOT_ASKED,
              Exactly(CHILDREN, 0, NOT_ASKED, f"{CHILDREN} before, none afterwards"))  # fmt: skip


def _have_children(n: int) -> None:
    for _ in range(n):
        if process.fork() == 0:
            break
    time.sleep(STAY)


def _until(done: Callable[[], bool], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not done() and time.monotonic() < deadline:
        time.sleep(0.002)


# -- strangers -------------------------------------------------------------------------------------------


def _strangers(outside: Place, treated: bool) -> Iterator[Row]:
    ns_before = outside.ns["pid"]
    with outside.clone(time.sleep, args=(STAY,), stream=False) as stranger:
        number = process.nspid(stranger.pid)[-1]
        before = outside.call(_ask_for, number)[0]
        inside, inode = outside.clone(_ask_for, *_flags(treated), args=(number,), stream=False).result()
        after = outside.call(_ask_for, number)[0]
    yield own_namespace("pid", ns_before, inode, outside.ns["pid"])
    yield Row("strangers", "kill(pid of a process outside, 0)", before, inside, after, Exactly("ok", "ESRCH", "ok"))


def _ask_for(number: int) -> tuple[str, int]:
    return answer(process.kill, number, 0), ns.inode("pid")


# -- unshare ---------------------------------------------------------------------------------------------


def _unshare(outside: Place, treated: bool) -> Iterator[Row]:
    before = outside.ns["pid"]
    own, children, first, inode = outside.clone(_unshare_and_fork, args=(treated,), stream=False).result()
    yield own_namespace("pid", before, inode, outside.ns["pid"])
    yield Row("caller", "unshare(): the caller's own namespace", before, own, outside.ns["pid"], Same(), decisive=False,
              varies=True)  # fmt: skip
    yield Row("children", "unshare(): its children's (pid_for_children)", before, children, outside.ns["pid"],
              varies=True)  # fmt: skip
    yield Row("first", "unshare(): getpid() of its first child", NOT_ASKED, first, NOT_ASKED, Is(1), varies=True)


def _unshare_and_fork(treated: bool) -> tuple[int, int, int, int]:
    ns.unshare(NEWPID if treated else CloneFlag(0))
    child, (first, inode) = telling(lambda tell: tell((os.getpid(), ns.inode("pid"))))
    # Read together: before unshare() both are the same, so each tells when the other was read.
    own, children = (ns.inode(kind) for kind in ("pid", "pid_for_children"))
    os.waitpid(child, 0)
    return own, children, first, inode


# -- limit -----------------------------------------------------------------------------------------------


def _limit(outside: Place, treated: bool) -> Iterator[Row]:
    ns_before, before = outside.ns["pid"], outside.call(_depth) - 1
    level, refusal, inode = outside.clone(_as_deep_as_possible, args=(treated,), stream=False).result()
    after = outside.call(_depth) - 1
    # In a container the outermost level cannot be seen, and some of the levels above may be the container's.
    outermost = session.namespace() == session.INITIAL
    expected: Expect = OnlyInside(DEEPEST) if outermost else Between(before + 1, DEEPEST - 1)
    yield own_namespace("pid", ns_before, inode, outside.ns["pid"])
    yield Row("deepest", "deepest level that could be made", before, level, after, expected, varies=True)
    yield Row("one-more", "the kernel's answer to one more", NOT_ASKED, refusal, NOT_ASKED, Is("ENOSPC"))


def _as_deep_as_possible(treated: bool) -> tuple[int, str, int]:
    read, write = os.pipe()
    _descend(NEWPID if treated else CloneFlag(0), write, DEEPEST + 3, NOT_ASKED)
    os.close(write)
    with os.fdopen(read) as pipe:
        told = pipe.read()
    if not told:
        raise ChildProcessError("the deepest child ended before it said how deep it is")
    level, refusal, inode = json.loads(told)
    if refusal == "EAGAIN":
        # The user's limit on processes came first: that says nothing of levels.
        raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN), "clone")
    return level, refusal, inode


def _descend(flags: CloneFlag, write: int, left: int, said: str) -> None:
    """Clone a child that does the same, until the kernel refuses or `left` generations are there.

    The last one writes its level, what the kernel last said, and the inode of its pid namespace.
    """
    if left:
        try:
            child = clone(int(flags))
        except OSError as e:
            said = errno.errorcode.get(e.errno or 0, str(e))
        else:
            if child == 0:
                _descend(flags, write, left - 1, "ok")
                os._exit(0)
            os.waitpid(child, 0)
            return
    os.write(write, json.dumps((_depth() - 1, said, ns.inode("pid"))).encode())


PARTS = (
    Part("init", "pid 1 inside, another pid outside, and no parent", _init),
    Part("proc", "/proc shows the PID namespace of whoever mounted it", _proc),
    Part("levels", "one process has one pid for each level", _levels),
    Part("orphans", "init becomes the parent of orphans, and must wait for them", _orphans),
    Part("signals", "init is safe from its own namespace, and from its parent's but for SIGKILL", _signals),
    Part("killing", "when init dies, all die", _killing),
    Part("strangers", "who is outside has no number inside", _strangers),
    Part("unshare", "unshare() moves the children, not the caller", _unshare, standin=True),
    Part("limit", "32 levels, and no more", _limit, standin=True),
)
