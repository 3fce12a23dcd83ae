"""How long the lessons take, without a browser: all together, and each cell until it shows something and to its end.

`python -m bench.lessons 10 12` prints every cell of these two.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import nbclient

from bench.side_by_side import result
from tests.test_notebooks import NOTEBOOKS, SECONDS, read, room_of

FIRST, END = 1.0, 5.0
"""Seconds within which a cell shows something, and within which it ends."""
SHOWS = {"stream", "display_data", "update_display_data", "execute_result", "error"}


class Cell(NamedTuple):
    """A code cell's lesson and place in it, and the seconds to its first output (or its end) and to its end."""

    lesson: str
    number: int
    first: float
    end: float
    source: str


class Timed(nbclient.NotebookClient):
    """Runs a lesson as nbclient does, and notes when each cell began, first showed something, and ended."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            read(path), timeout=60, kernel_name="python3", resources={"metadata": {"path": str(path.parent)}},
            on_cell_execute=self._begins, on_cell_executed=self._ends,
        )  # fmt: skip
        self.began = self.first = 0.0
        self.cells: list[Cell] = []
        self.lesson = path.name[:2]

    def _begins(self, **_: Any) -> None:
        self.began, self.first = time.monotonic(), 0.0

    def process_message(self, msg: dict[str, Any], cell: Any, cell_index: int) -> Any:
        """Note the first message that a person would see."""
        if msg["msg_type"] in SHOWS and not self.first:
            self.first = time.monotonic()
        return super().process_message(msg, cell, cell_index)

    def _ends(self, cell: Any, cell_index: int, **_: Any) -> None:
        end = time.monotonic()
        self.cells.append(
            Cell(self.lesson, cell_index, (self.first or end) - self.began, end - self.began, cell.source)
        )


def timed(path: Path) -> tuple[float, list[Cell]]:
    """The seconds that a lesson takes with the start of its kernel, and its cells."""
    started = time.monotonic()
    lesson = Timed(path)
    lesson.execute()
    return time.monotonic() - started, lesson.cells


def measure() -> list[dict[str, Any]]:
    took: dict[str, dict[str, float]] = {room: {} for room in SECONDS}
    cells: list[Cell] = []
    for path in NOTEBOOKS:
        took[room_of(path.name)][path.name[:2]], found = timed(path)
        cells += found
    return [
        *(
            result(
                f"the lessons {min(each)} to {max(each)}", sum(each.values()), "s", SECONDS[room],
                ", ".join(f"{name}: {seconds:.1f}" for name, seconds in each.items()),
            )
            for room, each in took.items()
        ),
        _slowest("a cell's first output", "first", FIRST, cells),
        _slowest("a cell's end", "end", END, cells),
    ]  # fmt: skip


def _slowest(what: str, field: str, bound: float, cells: Iterable[Cell]) -> dict[str, Any]:
    by_time = sorted(((getattr(cell, field), cell) for cell in cells), reverse=True)
    late = [f"{c.lesson}[{c.number}] {seconds:.1f} s" for seconds, c in by_time if seconds > bound]
    name = f"lessons: {what}, the slowest of {len(by_time)}"
    return result(name, by_time[0][0], "s", bound, f"over it: {', '.join(late)}" if late else "none is over it")


if __name__ == "__main__":
    for path in NOTEBOOKS:
        if path.name[:2] in sys.argv[1:]:
            seconds, found = timed(path)
            print(f"{path.stem}: {seconds:.1f} s")
            for cell in found:
                late = "LATE" if cell.first > FIRST or cell.end > END else ""
                print(f"  [{cell.number:2}] first {cell.first:5.2f} s, end {cell.end:5.2f} s  {late:4} "
                      f"{cell.source.splitlines()[-1][:70]}", flush=True)  # fmt: skip
