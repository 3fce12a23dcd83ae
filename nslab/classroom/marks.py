"""Who has passed what, and what it counts: from the record of the class, and from nothing else."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

from nslab.classroom import ledger, places
from nslab.classroom.settings import Settings, read
from nslab.course.checking.exercise import find
from nslab.course.checking.outcome import Status


@dataclass(frozen=True)
class Mark:
    """One learner's exercise: `passed` is when it was first, "" for never; `late` is that it was after the deadline.

    `tries`, `hints` and `solution` (whether it was looked at) are those before it was passed; `points` what it counts.
    """

    learner: str
    exercise: str
    lesson: str
    passed: str
    late: bool
    tries: int
    hints: int
    solution: bool
    seed: int
    points: float


class Marks(tuple[Mark, ...]):
    """A mark for each exercise that a learner has done anything at."""

    def csv(self) -> str:
        """The marks with commas between the values, the names of the columns first."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(field.name for field in fields(Mark))
        writer.writerows(asdict(mark).values() for mark in self)
        return out.getvalue()

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {"marks": [asdict(mark) for mark in self]}

    def __rich__(self) -> Any:
        from nslab.show import terminal

        rows = [
            (each.learner, each.exercise, _shown(each), str(each.tries), str(each.hints),
             "looked at" if each.solution else "", f"{each.points:g}")
            for each in self
        ]  # fmt: skip
        totals = {who: sum(mark.points for mark in self if mark.learner == who) for who in {m.learner for m in self}}
        told = "; ".join(f"{who} {points:g}" for who, points in sorted(totals.items()))
        columns = ("learner", "exercise", "passed", "tries", "hints", "solution", "points")
        return terminal.table("Marks", columns, rows, f"Points: {told}" if told else "Nobody has done anything yet.")


def _shown(mark: Mark) -> str:
    return f"{mark.passed[:16].replace('T', ' ')}{' (late)' if mark.late else ''}" if mark.passed else "not yet"


def marks() -> Marks:
    """The marks of the class, by its record and its settings. Raises ledger.Tampered, FileNotFoundError."""
    return reckoned(ledger.entries(), read(places.SETTINGS))


def reckoned(entries: Iterable[dict[str, Any]], settings: Settings) -> Marks:
    """The marks that follow from what is recorded, also of learners whose marks are all that is left of them."""
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for entry in entries:
        found.setdefault((entry["learner"], entry["exercise"]), []).append(entry)
    order = {name: number for number, name in enumerate(settings.exercises)}
    there = sorted(
        ((learner, name) for learner, name in found if name in order and learner != settings.teacher),
        key=lambda each: (each[0], order[each[1]]),
    )
    return Marks(_mark(learner, name, found[learner, name], settings) for learner, name in there)


def _mark(learner: str, exercise: str, entries: list[dict[str, Any]], settings: Settings) -> Mark:
    passed, tries, hints, solution = "", 0, 0, False
    for entry in entries:
        if entry["what"] == "check":
            tries += entry["status"] in (Status.PASSED, Status.NOT_YET)
            if entry["status"] == Status.PASSED:
                passed = entry["at"]
                break
        hints += entry["what"] == "hint"
        solution = solution or entry["what"] == "solution"
    late = bool(passed and settings.deadline and datetime.fromisoformat(passed) > settings.deadline)
    points = settings.weight(exercise) if passed and not late else 0.0
    return Mark(learner, exercise, find(exercise).lesson, passed, late, tries, hints, solution,
                entries[-1].get("seed", 0), points)  # fmt: skip
