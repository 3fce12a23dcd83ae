"""What each learner's service uses of its limits, as systemd reads it from the kernel: one question for all of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from nslab.classroom import places, users

PROPERTIES = ("Id", "ActiveState", "MemoryCurrent", "MemoryMax", "CPUUsageNSec", "CPUQuotaPerSecUSec", "TasksCurrent",
              "TasksMax")  # fmt: skip
UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "min": 60.0}


@dataclass(frozen=True)
class Usage:
    """Of one service: bytes, percent of one CPU since the last look, processes and threads; each with its limit."""

    running: bool
    memory: int = 0
    memory_max: int = 0
    cpu: float = 0.0
    cpu_max: float = 0.0
    tasks: int = 0
    tasks_max: int = 0


NOTHING = Usage(False)


class Meter:
    """Looks again and again; a share of a CPU is what was used between two looks."""

    def __init__(self, shown: Callable[..., str] = users.run, clock: Callable[[], float] = time.monotonic) -> None:
        self._shown, self._clock = shown, clock
        self._last: dict[str, tuple[float, int]] = {}

    def look(self, learners: Iterable[str]) -> dict[str, Usage]:
        """Learner → what he uses. Raises RuntimeError."""
        units = {f"{places.unit_of(learner)}.service": learner for learner in learners}
        if not units:
            return {}
        said = self._shown("systemctl", "show", f"--property={','.join(PROPERTIES)}", *units)
        now = self._clock()
        blocks = [dict(line.split("=", 1) for line in block.splitlines()) for block in said.strip().split("\n\n")]
        return {units[block["Id"]]: self._of(block, now) for block in blocks if block.get("Id") in units}

    def _of(self, said: Mapping[str, str], now: float) -> Usage:
        used, unit = _number(said["CPUUsageNSec"]), said["Id"]
        if said["ActiveState"] != "active":
            self._last.pop(unit, None)
            return NOTHING
        before, had = self._last.get(unit, (now, used))
        self._last[unit] = (now, used)
        # A service that was started again begins at 0.
        cpu = max(0, used - had) / 1e7 / (now - before) if now > before else 0.0
        return Usage(True, _number(said["MemoryCurrent"]), _number(said["MemoryMax"]), round(cpu, 1),
                     100 * _seconds(said["CPUQuotaPerSecUSec"]), _number(said["TasksCurrent"]),
                     _number(said["TasksMax"]))  # fmt: skip


def _number(said: str) -> int:
    """A number as systemctl(1) shows it; 0 for "[not set]" and "infinity"."""
    return int(said) if said.isdecimal() and int(said) < 1 << 63 else 0


def _seconds(said: str) -> float:
    """A span of time as systemctl(1) shows it, such as "900ms" or "1s 500ms"."""
    total = 0.0
    for word in said.split():
        number = word.rstrip("abcdefghijklmnopqrstuvwxyz")
        if number and word[len(number) :] in UNITS:
            total += float(number) * UNITS[word[len(number) :]]
    return total
