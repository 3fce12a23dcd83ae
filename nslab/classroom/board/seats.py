"""What the board shows of each learner, as plain values that follow from the record and from what was looked at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from nslab.classroom.board.turns import Turn
from nslab.classroom.board.usage import NOTHING, Usage
from nslab.classroom.settings import Settings
from nslab.course.checking.exercise import find
from nslab.course.checking.outcome import Status

FAILED = 3
"""Failed checks of one exercise that is not passed: whoever has had so many is stuck."""
QUIET = 600.0
"""Seconds without a check of the exercise that somebody is at: he is stuck, too."""

Entry = Mapping[str, Any]


@dataclass(frozen=True)
class Cell:
    """One exercise of a learner: `state` is "passed", "not yet", "begun", or "" for untouched."""

    exercise: str
    state: str = ""
    tries: int = 0
    hints: int = 0
    solution: bool = False


@dataclass(frozen=True)
class Seat:
    """One learner: `at` is the exercise of his last entry, `stuck` tells why he is, "" where he is not."""

    name: str
    cells: tuple[Cell, ...]
    at: str = ""
    stuck: str = ""
    turn: Turn | None = None
    uses: Usage = NOTHING

    @property
    def passed(self) -> int:
        """How many exercises he has passed."""
        return sum(cell.state == "passed" for cell in self.cells)


def seats(
    entries: Iterable[Entry], settings: Settings, now: datetime,
    uses: Mapping[str, Usage], turns: Mapping[str, Turn],
) -> list[Seat]:  # fmt: skip
    """A seat for each learner of class.toml, in its order."""
    of: dict[str, list[Entry]] = {learner: [] for learner in settings.learners}
    for entry in entries:
        if entry["learner"] in of:
            of[entry["learner"]].append(entry)
    return [
        _seat(learner, his, settings.exercises, now, uses.get(learner, NOTHING), turns.get(learner))
        for learner, his in of.items()
    ]


def lessons(settings: Settings) -> list[dict[str, Any]]:
    """The lessons whose exercises count, each with their names."""
    found: dict[str, list[str]] = {}
    for name in settings.exercises:
        found.setdefault(find(name).lesson, []).append(name)
    return [{"lesson": lesson, "exercises": names} for lesson, names in found.items()]


def plain(seat: Seat) -> dict[str, Any]:
    """A seat as JSON has it."""
    return {**asdict(seat), "passed": seat.passed}


def nameless(given: Sequence[Seat], order: Sequence[str]) -> list[dict[str, Any]]:
    """What everybody may see on a wall: where the class is. `order` has the names as nobody expects them."""
    there = {seat.name: seat for seat in given}
    return [
        {"name": str(number), "passed": there[name].passed,
         "cells": [{"exercise": cell.exercise, "state": cell.state} for cell in there[name].cells]}
        for number, name in enumerate(order, 1)
    ]  # fmt: skip


def _seat(learner: str, entries: list[Entry], exercises: Iterable[str], now: datetime, uses: Usage,
          turn: Turn | None) -> Seat:  # fmt: skip
    of: dict[str, list[Entry]] = {}
    for entry in entries:
        of.setdefault(entry["exercise"], []).append(entry)
    cells = tuple(_cell(name, of.get(name, [])) for name in exercises)
    at = entries[-1]["exercise"] if entries else ""
    stuck = _stuck(of[at], now, uses.running) if at else ""
    return Seat(learner, cells, at, stuck, turn, uses)


def _cell(exercise: str, entries: list[Entry]) -> Cell:
    tried = [each["status"] for each in entries if each["what"] == "check"]
    tried = [status for status in tried if status in (Status.PASSED, Status.NOT_YET)]
    passed = Status.PASSED in tried
    return Cell(
        exercise,
        "passed" if passed else "not yet" if tried else "begun" if entries else "",
        tried.index(Status.PASSED) + 1 if passed else len(tried),
        sum(each["what"] == "hint" for each in entries),
        any(each["what"] == "solution" for each in entries),
    )


def _stuck(entries: list[Entry], now: datetime, running: bool) -> str:
    """Why somebody is stuck at the exercise that he was at last."""
    if entries[-1]["what"] == "end" or any(each.get("status") == Status.PASSED for each in entries):
        return ""
    failed = sum(each.get("status") == Status.NOT_YET for each in entries)
    if failed >= FAILED:
        return f"{failed} failed checks"
    last = [each["at"] for each in entries if each["what"] in ("begin", "check", "reset")]
    quiet = (now - datetime.fromisoformat(last[-1])).total_seconds() if last else 0
    return f"no check for {quiet / 60:.0f} min" if running and quiet >= QUIET else ""
