"""The scenes that are there: who holds each, where that is noted, and how one is begun and ended.

A scene is held by a process of its own, so that it outlives the notebook's kernel and a command in a terminal. It ends
with whoever started them: the Jupyter server, or the terminal's shell. What is noted lies in the holder's session, and
goes with that.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nslab.course import record
from nslab.course.checking.scene import Scene
from nslab.errors import REPORT, Unsupported
from nslab.lab.client.outside import ANCHOR
from nslab.lab.upkeep import registry
from nslab.linux import files, process

MARK = "NSLAB_SCENE"
"""In the holder's environment: what tells it from another process with its number."""
BEGIN = 30.0
"""Seconds within which a scene is there; it takes half a second."""
END = 10.0
"""Seconds within which it is gone."""
_PASSED_OVER = ("sudo", "su", "doas", "make", "time", "timeout", "strace", "uv")
"""Programs that end with the command that they run, so that a scene is not bound to them."""


@dataclass(frozen=True)
class Held:
    """A scene and who holds it. `record` is that of its learner: one user may be several, in a class."""

    exercise: str
    seed: int
    holder: int
    mark: str
    scene: Scene
    record: str = ""

    @property
    def alive(self) -> bool:
        """Whether the process with that number is the holder, and runs."""
        try:
            return process.runs(self.holder) and _has_mark(f"/proc/{self.holder}", self.mark)
        except OSError:
            return False

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {"exercise": self.exercise, "seed": self.seed, "holder": self.holder, "mark": self.mark,
                "scene": self.scene.to_dict(), "record": self.record}  # fmt: skip

    @classmethod
    def from_dict(cls, plain: dict[str, Any]) -> Held:
        """The same again, from what to_dict() has returned."""
        return cls(**{**plain, "scene": Scene.from_dict(plain["scene"])})


def _has_mark(directory: str, mark: str) -> bool:
    return f"{MARK}={mark}" in files.read(f"{directory}/environ").split("\0")


def file(session: str, exercise: str) -> Path:
    """Where a holder notes its scene."""
    return registry.directory() / session / "scenes" / f"{exercise}.json"


def held() -> Iterator[Held]:
    """The scenes of this learner that are there."""
    own = learner()
    for path in registry.noted("*/scenes/*.json"):
        # It is removed or written at this moment, or was written by another version.
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            found = Held.from_dict(json.loads(path.read_text(encoding="utf-8")))
            if found.record == own and found.alive:
                yield found


def learner() -> str:
    """Whose scenes they are: the path of the record in which it is noted."""
    try:
        return str(record.path())
    except FileNotFoundError:
        return ""


def find(exercise: str) -> Held | None:
    """The scene of an exercise, where there is one."""
    return next((each for each in held() if each.exercise == exercise), None)


def begin(exercise: str, seed: int) -> Held:
    """Have a new process make and hold a scene. Raises `nslab.Unsupported`, RuntimeError with what it said."""
    program = [sys.executable, "-P", "-m", "nslab.course.checking.holder", exercise, str(seed), str(anchor())]
    # What it prints comes by a file without a name: nothing that the scene starts can hold the reading end up.
    answers, theirs = os.pipe()
    with os.fdopen(answers, encoding="utf-8") as answer:
        holder = subprocess.Popen(
            [*program, str(theirs)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            pass_fds=[theirs], start_new_session=True, cwd="/", text=True,
            env={**os.environ, MARK: os.urandom(8).hex(), "PYTHONPATH": search_path()},
        )  # fmt: skip
        os.close(theirs)
        if not files.readable(answers, BEGIN):
            holder.kill()
            holder.communicate()
            raise RuntimeError(f"the scene of {exercise} was not there within {BEGIN:.0f} s: `nslab doctor` tells why")
        said = answer.readline()
    told = json.loads(said) if said else {}
    if "holder" not in told:
        last = holder.communicate()[1].strip().splitlines()
        if told:
            raise Unsupported(told["unsupported"], told["why"], told["mend"])
        why = last[-1] if last else f"the process that was to hold it ended with {holder.returncode}"
        raise RuntimeError(f"the scene of {exercise} could not be made: {why}; {REPORT}")
    assert holder.stderr
    holder.stderr.close()
    # It goes on by itself: nobody is to wait for it, and Python is not to warn of that.
    holder.returncode = 0
    return Held.from_dict(told)


@contextlib.contextmanager
def one_at_a_time() -> Iterator[None]:
    """Begin and end scenes one after the other: two terminals that begin the same exercise at once find one scene."""
    while True:
        directory = registry.directory()
        fd = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX)
            # With its last session the directory is removed, and the next who comes makes another.
            if os.fstat(fd).st_nlink:
                yield
                return
        finally:
            os.close(fd)


def search_path() -> str:
    """PYTHONPATH for another process: this very nslab, and what this process has of others' packages."""
    own = str(Path(__file__).resolve().parents[3])
    return os.pathsep.join([own, *(each for each in sys.path if each and each != own)])


def end(scene: Held) -> bool:
    """End a scene, and wait until it is gone; return whether it is."""
    # The holder has ended, and with it the scene.
    with contextlib.suppress(ProcessLookupError, FileNotFoundError):
        directory = os.open(f"/proc/{scene.holder}", os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            # The directory stays with one process, whose mark was read through it (pidfd_send_signal(2)).
            if _has_mark(f"/proc/self/fd/{directory}", scene.mark):
                holder = os.pidfd_open(scene.holder)
                try:
                    process.pidfd_send_signal(directory, 15)
                    return files.readable(holder, END)
                finally:
                    os.close(holder)
        finally:
            os.close(directory)
    return True


def anchor() -> int:
    """The process with which a scene that is begun here ends: who started this one, or 0, which is nobody."""
    given = os.environ.get(ANCHOR, "")
    pid = int(given) if given.isdecimal() else os.getppid()
    # A parent that has ended meanwhile, or that is another's and hidden, cannot be watched.
    with contextlib.suppress(OSError):
        while files.read(f"/proc/{pid}/comm").strip() in _PASSED_OVER:
            pid = process.parent(pid)
        return pid if pid > 1 else 0
    return 0
