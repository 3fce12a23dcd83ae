"""Who measures, and who waits for a turn: the locks that lessons take (lab/upkeep/locks.py), as the kernel has them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from nslab.cgroups.bench.turns import CPUS
from nslab.linux import files, process
from nslab.linux.flocks import Flocks, named, parsed


@dataclass(frozen=True)
class Turn:
    """A learner's turn: `measures` while he has it, else he waits for it; `seconds` since that began."""

    measures: bool
    seconds: float


def held() -> list[Flocks]:
    """The locks of the queue and of each CPU that there is.

    By one look at the kernel's list: once a second is too often to look through all processes for one that was left a
    lock.
    """
    directories = [CPUS, *sorted(map(str, Path(CPUS).glob("cpu[0-9]*")))]
    locks = files.read("/proc/locks")
    return [parsed(locks, named(each)) for each in directories]


def uid_of(pid: int) -> int | None:
    """Whose process this is; None where it has ended."""
    try:
        return int(process.status(pid)["Uid"].split()[0])
    except OSError:
        return None


class Queue:
    """Remembers since when each learner waits or measures."""

    def __init__(
        self, locks: Callable[[], list[Flocks]] = held, owner: Callable[[int], int | None] = uid_of,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._locks, self._owner, self._clock = locks, owner, clock
        self._since: dict[tuple[str, bool], float] = {}

    def look(self, uids: Mapping[int, str]) -> dict[str, Turn]:
        """Learner → his turn, for those who have or want one; `uids` tells whose number is whose."""
        queue, *cpus = self._locks()
        measuring = self._learners((pid for each in cpus for pid in each.holding), uids)
        # Whoever is first in the queue holds its lock, and waits for a CPU.
        waiting = self._learners([*queue.holding, *queue.waiting, *(p for c in cpus for p in c.waiting)], uids)
        found = {learner: learner in measuring for learner in (*measuring, *waiting)}
        now = self._clock()
        self._since = {each: self._since.get(each, now) for each in found.items()}
        return {learner: Turn(measures, now - self._since[learner, measures]) for learner, measures in found.items()}

    def _learners(self, pids: Iterable[int], uids: Mapping[int, str]) -> list[str]:
        found = (uids.get(owner) for owner in map(self._owner, pids) if owner is not None)
        return list(dict.fromkeys(each for each in found if each))
