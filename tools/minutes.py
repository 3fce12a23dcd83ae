"""How many minutes a lesson takes: `python -m tools.minutes`.

Nobody sits beside a reader with a watch, so it is reckoned: the words of text and cells at WORDS a minute, READ
seconds for each table and for what any other cell shows, TRY seconds for a guess and for a panel, and the seconds that
the cells take, which docs/measurements.md has. The exercises are left out: how long one takes is up to who does it.
With `--measure` the lessons run here, one after the other, and their seconds are those.
"""

from __future__ import annotations

import math
import re
import sys
from pathlib import Path
from typing import NamedTuple

import nbformat

ROOT = Path(__file__).resolve().parents[1]
LESSONS = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))
TABLE = ROOT / "docs" / "measurements.md"
WORDS, READ, TRY = 130, 20, 60
"""Words a minute of a technical text in a language that may not be the reader's own; seconds for a table or an
output, and for a guess or a panel."""
STEP = 5
"""Minutes to which a lesson's are rounded, upwards."""
SILENT = re.compile(r"\s*(?:import .+|from .+ import .+|%load_ext .+|[\w.]+\.close\(\)|if \"group\" in .+|\s*)*")
"""A cell that shows nothing: imports, and what is put away."""
TRIED = re.compile(r"nslab\.predict\(|panel\(|playground\(")
WORD = re.compile(r"[\w'’=./()-]*[^\W_][\w'’=./()-]*")
IMAGE, LINK = re.compile(r"!\[[^\]]*\]\([^)]*\)"), re.compile(r"\]\([^)]*\)")
ROW = re.compile(r"^\| (\d\d) \| \d+ \| \d+ \| \d+ \| (\d+) \| \d+ \|$", re.MULTILINE)
TURN = "## Your turn"


class Counted(NamedTuple):
    """What of a lesson takes time: words, tables and other outputs, guesses and panels."""

    words: int
    shown: int
    tried: int

    def minutes(self, seconds: float) -> int:
        """With the seconds that the cells take."""
        took = self.words / WORDS + (self.shown * READ + self.tried * TRY + seconds) / 60
        return math.ceil(took / STEP) * STEP


def counted(path: Path) -> Counted:
    """Count a lesson, without its exercises."""
    words = shown = tried = 0
    exercises = False
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "markdown":
            exercises = cell.source.startswith(TURN) if cell.source.startswith("## ") else exercises
            words += 0 if exercises else words_of(cell.source)
        elif not exercises:
            words += words_of(cell.source)
            if TRIED.search(cell.source):
                tried += 1
            elif not SILENT.fullmatch(cell.source):
                shown += 2 if ".demo(" in cell.source else 1
    return Counted(words, shown, tried)


def words_of(text: str) -> int:
    """The words that are read: no addresses, and no text that stands for a picture."""
    return len(WORD.findall(LINK.sub("]", IMAGE.sub("", text))))


def measured() -> dict[str, int]:
    """The seconds that each lesson's cells took, from docs/measurements.md."""
    return {number: int(seconds) for number, seconds in ROW.findall(TABLE.read_text(encoding="utf-8"))}


def said(path: Path) -> int:
    """The minutes that a lesson's first cell names."""
    found = re.search(r"\*\*(\d+) minutes\.\*\*", nbformat.read(path, as_version=4).cells[0].source)
    assert found, path
    return int(found[1])


def main() -> None:
    """Print the table of docs/measurements.md."""
    seconds = measured()
    if "--measure" in sys.argv[1:]:
        from bench.lessons import timed

        seconds = {path.name[:2]: round(sum(cell.end for cell in timed(path)[1])) for path in LESSONS}
    print("| lesson | words | shown | tried | seconds | minutes |\n|---|---|---|---|---|---|")
    for path in LESSONS:
        number, count = path.name[:2], counted(path)
        print("| " + " | ".join(map(str, (number, *count, seconds[number], count.minutes(seconds[number])))) + " |")


if __name__ == "__main__":
    main()
