"""What of the course is done, lesson by lesson, from the record."""

from __future__ import annotations

import csv
import io
import itertools
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from nslab.course import record
from nslab.course.checking.exercise import all_exercises

COLUMNS = ("lesson", "guesses", "right first", "exercises", "passed", "with hints", "with solution", "minutes")
PAUSE = 15.0
"""Minutes. Somebody for whom nothing is recorded for longer was doing something else meanwhile."""


@dataclass(frozen=True)
class Row:
    """One lesson. `minutes` are those between what is recorded of it, without pauses."""

    lesson: str
    guesses: int
    right: int
    exercises: int
    passed: int
    hints: int
    solution: int
    minutes: float


class Progress(tuple[Row, ...]):
    """A row for each lesson that has an exercise, or in which something was guessed."""

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {"record": str(record.path()), "lessons": [asdict(row) for row in self]}

    def csv(self) -> str:
        """The rows with commas between the values, the columns' names first."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(Row.__dataclass_fields__)
        writer.writerows(asdict(row).values() for row in self)
        return out.getvalue()

    def _rows(self) -> list[tuple[Any, ...]]:
        return [tuple(asdict(row).values()) for row in self]

    def __rich__(self) -> Any:
        from nslab.show import terminal

        return terminal.table("", COLUMNS, self._rows(), f"The record: {record.path()}")

    def __repr__(self) -> str:
        from nslab.show import terminal

        return terminal.text(self.__rich__())

    def _repr_html_(self) -> str:
        from nslab.show import html

        return html.table("Your progress", COLUMNS, self._rows(), f"The record: {record.path()}")


def passed() -> set[str]:
    """The names of the exercises that were passed."""
    return {e["exercise"] for e in record.lines() if e["what"] == "check" and e.get("status") == "passed"}


def progress() -> Progress:
    """What is done of each lesson; also for a record that has nothing yet."""
    entries = record.lines()
    lesson_of = {each.name: each.lesson for each in all_exercises()}
    for entry in entries:
        entry.setdefault("lesson", lesson_of.get(str(entry.get("exercise")), ""))
    lessons = sorted({*lesson_of.values(), *(entry["lesson"] for entry in entries)} - {""})
    return Progress(_row(lesson, [e for e in entries if e["lesson"] == lesson], lesson_of) for lesson in lessons)


def _row(lesson: str, entries: list[dict[str, Any]], lesson_of: dict[str, str]) -> Row:
    first: dict[str, bool] = {}
    for entry in entries:
        if entry["what"] == "guess":
            first.setdefault(str(entry.get("question")), bool(entry.get("right")))
    passed, hinted, solved = set(), set(), set()
    # In the order in which it came: who looks at the solution after he has passed has passed without it.
    for entry in entries:
        name = str(entry.get("exercise"))
        if entry["what"] == "check" and entry.get("status") == "passed":
            passed.add(name)
        elif name not in passed and entry["what"] == "hint":
            hinted.add(name)
        elif name not in passed and entry["what"] == "solution":
            solved.add(name)
    return Row(lesson, len(first), sum(first.values()), list(lesson_of.values()).count(lesson), len(passed),
               len(passed & hinted), len(passed & solved), _minutes(entries))  # fmt: skip


def _minutes(entries: list[dict[str, Any]]) -> float:
    # That a task was only shown is no work on it.
    times = [datetime.fromisoformat(entry["at"]) for entry in entries if entry["what"] != "seed"]
    between = [(b - a).total_seconds() / 60 for a, b in itertools.pairwise(times)]
    return round(sum(each for each in between if 0 <= each <= PAUSE), 1)
