"""The scenes of a class, as the service keeps them where no learner writes: what a holder has told while nobody could
reach it, and when each of its processes was started.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from nslab.classroom import places
from nslab.course.checking import scenes
from nslab.linux import process


@dataclass(frozen=True)
class Kept:
    """A scene, the cgroup that it is in, and pid → start time of its processes: a number is given again, a pair is not
    (proc_pid_stat(5)).
    """

    learner: str
    held: scenes.Held
    cgroup: str
    starts: dict[int, int]

    @property
    def exercise(self) -> str:
        """Whose scene it is."""
        return self.held.exercise

    @classmethod
    def keep(cls, learner: str, held: scenes.Held, cgroup: str) -> None:
        """Write it down. Raises OSError, also where a process of it has ended already."""
        pids = [held.holder, *(each.pid for each in held.scene.members.values() if not each.may_end)]
        starts = {str(pid): process.starttime(pid) for pid in pids}
        for each in held.scene.members.values():
            # One that may end, and has.
            with contextlib.suppress(OSError):
                starts[str(each.pid)] = process.starttime(each.pid)
        path = _path(learner, held.exercise)
        path.parent.mkdir(mode=0o700, exist_ok=True)
        partial = path.with_suffix(".partial")
        partial.write_text(json.dumps({"held": held.to_dict(), "cgroup": cgroup, "starts": starts}), encoding="utf-8")
        partial.replace(path)

    @classmethod
    def all_of(cls, learner: str) -> Iterator[Kept]:
        """What is kept of a learner's scenes, also of those that have ended."""
        for path in sorted((places.SCENES / learner).glob("*.json")):
            plain = json.loads(path.read_text(encoding="utf-8"))
            starts = {int(pid): start for pid, start in plain["starts"].items()}
            yield cls(learner, scenes.Held.from_dict(plain["held"]), plain["cgroup"], starts)

    def is_same(self, pid: int | None = None) -> bool:
        """Whether the process with this number, the holder by default, is the one that was there in the beginning."""
        pid = self.held.holder if pid is None else pid
        try:
            return process.starttime(pid) == self.starts.get(pid)
        except OSError:
            return False

    def as_it_is(self) -> scenes.Held:
        """The scene, without the numbers of processes that have ended: another process may have them by now."""
        members = {
            role: each if self.is_same(each.pid) else replace(each, pid=0)
            for role, each in self.held.scene.members.items()
        }
        return replace(self.held, scene=replace(self.held.scene, members=members))

    def forget(self) -> None:
        """Take it away."""
        _path(self.learner, self.exercise).unlink(missing_ok=True)


def _path(learner: str, exercise: str) -> Path:
    return places.SCENES / learner / f"{exercise}.json"
