"""Take turns with whoever else uses this machine: flock(2) on the kernel's own directories.

A lock goes with the process that has it, and a directory of the kernel's is there for every user and for no
clean-up. Who cannot have his turn at once waits in the kernel's queue, is told for whom, and can break it off.
(A container with a sysfs of its own has directories of its own: it takes no turns with those outside.)
"""

from __future__ import annotations

import contextvars
import fcntl
import math
import os
import pwd
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import repeat

from nslab.linux import process
from nslab.linux.flocks import flocks

QUIET, EVERY = 0.5, 1.0
"""Seconds of waiting before anything is said; and from then on between two updates."""
LOOK = 0.02
"""Seconds between two looks at directories of which any will do."""
NAMED = 3
"""How many of those who are waited for are named; the others are counted."""
LONGEST = 60
"""Letters of a command that are shown."""
_FLAGS = os.O_RDONLY | os.O_CLOEXEC
_guard = threading.RLock()
_holds: list[Hold] = []
_time = threading.local()


class Own(Exception):
    """The lock is held by this very thread, or by a thread of this process that has ended: waiting would never end."""


class Hold:
    """A turn: `paths` are the directories that are locked."""

    def __init__(self, shared: bool) -> None:
        self.paths: tuple[str, ...] = ()
        self.shared = shared
        self.thread = threading.current_thread()
        self.fds: list[int] = []

    def close(self) -> None:
        """Let the others have their turn. May be called again, also where it was broken off."""
        with _guard:
            if self in _holds:
                _holds.remove(self)
            if not any(other.fds is self.fds for other in _holds):
                _close(self.fds)


@contextmanager
def turn(wanted: Sequence[str], who: str, *, count: int | None = None, shared: bool = False) -> Iterator[Hold]:
    """Lock `count` of these directories (all by default), the first that are free, and wait for them if need be.

    They lie in one directory, which is the queue: who comes first has its turn first, and who wants several has not to
    be afraid of those who want one. `who` tells those that wait what the others do, such as "measure on CPU 1". With
    `shared` others may share it, and one process has it once. Raises `Own`, and OSError where it cannot be opened.
    """
    hold = Hold(shared)
    try:
        with _guard:
            _holds.append(hold)
            same = [each for each in _holds if shared and each.shared and each.fds and each.paths == tuple(wanted)]
            if same:
                hold.paths, hold.fds = same[0].paths, same[0].fds
        if not same:
            _take(hold, wanted, who, len(wanted) if count is None else count)
        yield hold
    finally:
        try:
            hold.close()
        except KeyboardInterrupt:
            hold.close()
            raise


def _take(hold: Hold, wanted: Sequence[str], who: str, count: int) -> None:
    own = {path for other in list(_holds) if other.fds and _for_ever(other) for path in other.paths}
    others = [path for path in wanted if path not in own]
    if len(others) < count:
        raise Own(", ".join(path for path in wanted if path in own))
    line: list[int] = []
    queue = os.path.dirname(others[0])
    try:
        _open(line, [queue])
        with _Wait(others, who, queue) as wait:
            wait.flock(line[0], fcntl.LOCK_EX)
            _gather(hold, others, count, wait)
    finally:
        try:
            _close(line)
        except KeyboardInterrupt:
            _close(line)
            raise


def waited() -> float:
    """Seconds that this thread has waited for its turns, all of them together."""
    return getattr(_time, "waited", 0.0)


def lock(fd: int, path: str, who: str) -> None:
    """Lock an open file for this process alone, until it is closed; wait, and say for whom, if need be."""
    with _Wait([path], who) as wait:
        wait.flock(fd, fcntl.LOCK_EX)


def _for_ever(hold: Hold) -> bool:
    return hold.thread is threading.current_thread() or not hold.thread.is_alive()


def _gather(hold: Hold, paths: Sequence[str], count: int, wait: _Wait) -> None:
    """Lock as many as are wanted. Only the first of the queue is here, so nobody gets in between."""
    kind = fcntl.LOCK_SH if hold.shared else fcntl.LOCK_EX
    _open(hold.fds, paths)
    left = dict(zip(paths, hold.fds, strict=True))
    taken: list[str] = []
    while True:
        for path in list(left):
            if len(taken) < count and _locked(left[path], kind):
                taken.append(path)
                del left[path]
        missing = count - len(taken)
        if missing == len(left):
            for path in left:
                wait.flock(left[path], kind)
            taken += left
            missing = 0
        if not missing:
            break
        wait.tell()
        time.sleep(LOOK)
    hold.paths = tuple(path for path in paths if path in taken)


def _locked(fd: int, kind: int) -> bool:
    try:
        fcntl.flock(fd, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _open(fds: list[int], paths: Sequence[str]) -> None:
    # One step for the interpreter, so that no interrupt comes between a descriptor and its place in the list.
    fds.extend(map(os.open, paths, repeat(_FLAGS)))


def _close(fds: list[int]) -> None:
    # As one step, too: each is closed, and no longer in the list, or neither.
    with suppress(IndexError):  # the list is empty
        deque(map(os.close, iter(fds.pop, None)), 0)


class _Wait:
    """Says who is waited for, from a thread, since whoever waits is in the kernel."""

    def __init__(self, paths: Sequence[str], who: str, queue: str = "") -> None:
        self._paths, self._who, self._queue = paths, who, queue
        self._mine = threading.current_thread()
        self._over = threading.Event()
        self._thread: threading.Thread | None = None
        self._began = time.monotonic()

    def flock(self, fd: int, kind: int) -> None:
        """Lock; a signal's handler that raises breaks it off."""
        if not _locked(fd, kind):
            self.tell()
            fcntl.flock(fd, kind)

    def tell(self) -> None:
        """Begin to say who is waited for, if that has not begun."""
        if self._thread is None:
            # In a copy of this context: by it Jupyter knows which cell the output belongs to.
            run = contextvars.copy_context().run
            self._thread = threading.Thread(target=run, args=(self._tell,), name="nslab waiting", daemon=True)
            self._thread.start()

    def _tell(self) -> None:
        if self._over.wait(QUIET):
            return
        from nslab.show.waiting import GIVE_UP, WAITS, WaitingLine

        line, started = WaitingLine(), time.monotonic() - QUIET
        try:
            while True:
                others = _others(self._paths, self._queue, self._who, self._mine)
                since = math.ceil(time.monotonic() - started)
                if others:
                    line.say(f"{WAITS}({since} s) for {others}{GIVE_UP}", others)
                if self._over.wait(EVERY):
                    break
            line.end()
        except (OSError, ValueError):
            pass  # nobody reads what this process writes; the wait goes on

    def __enter__(self) -> _Wait:
        return self

    def __exit__(self, *_: object) -> None:
        _time.waited = waited() + time.monotonic() - self._began
        self._over.set()
        if self._thread is not None:
            self._thread.join()


def _others(paths: Sequence[str], queue: str, who: str, waiting: threading.Thread) -> str:
    """Who is before this thread, and what they do, in words; "" where it has its turn by now."""
    own = int(os.readlink("/proc/self"))
    ahead = [pid for path in paths for pid in flocks(path).holding]
    if queue:
        line = flocks(queue)
        if own not in line.holding:
            before = line.waiting.index(own) if own in line.waiting else len(line.waiting)
            ahead += [*line.holding, *line.waiting[:before]]
    if own in ahead and not any(each.thread is not waiting and set(each.paths) & set(paths) for each in list(_holds)):
        ahead = [pid for pid in ahead if pid != own]
        if not ahead:
            return ""
    names = [named(pid) for pid in dict.fromkeys(ahead)]
    if not names:
        return f"somebody who cannot be seen from here (in another pid namespace, or hidden), to {who}"
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    number = f"{len(names)} others who {who}" if len(names) > 1 else f"1 other who {_singular(who)}"
    return f"{number}: {', '.join(names[:NAMED])}{more}"


def _singular(who: str) -> str:
    verb, _, rest = who.partition(" ")
    return f"{'has' if verb == 'have' else verb + 's'} {rest}"


def named(pid: int) -> str:
    """A process as people know it: "nslab demo cpu (pid 123, user ann)"."""
    if pid == os.getpid():
        return f"this process itself, in another thread (pid {pid})"
    try:
        status = process.status(pid)
        command = _command(process.arguments(pid)) or status["Name"]
    except OSError:
        return f"pid {pid}"  # it has just ended, or /proc hides it from this user
    return f"{command} (pid {pid}, {_user(int(status['Uid'].split()[0]))})"


def _command(arguments: list[str]) -> str:
    """What is run, without the interpreter and the directories: "nslab demo cpu"."""
    words = list(arguments)
    if words and os.path.basename(words[0]).startswith("python"):
        words = words[1:]
        while words and words[0].startswith("-") and words[0] not in ("-c", "-m"):
            words = words[1:]
        if words[:1] == ["-c"]:
            return "a script of python"
        if words[:1] == ["-m"]:
            words = words[1:]
    if words and words[0].startswith("ipykernel"):
        return "a notebook"
    text = " ".join(" ".join([os.path.basename(word) for word in words[:1]] + words[1:]).split())
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _user(uid: int) -> str:
    if uid == 0:
        return "root"
    try:
        return f"user {pwd.getpwuid(uid).pw_name}"
    except KeyError:
        return f"uid {uid}"


def _forget() -> None:
    """A forked process shares its parent's locks, and would hold them as long as it runs: it lets go of them."""
    global _guard
    _guard = threading.RLock()
    for hold in list(_holds):
        _close(hold.fds)


os.register_at_fork(after_in_child=_forget)
