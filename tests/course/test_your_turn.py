"""What is made from the exercises is current: the lessons' section "Your turn", docs/exercises.md, README's line."""

from __future__ import annotations

import json

import pytest

from nslab.course.checking.exercise import all_exercises
from tools import exercises

pytestmark = pytest.mark.pure
WRITTEN = exercises.written()


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.name)
def test_what_is_made_from_the_exercises_is_current(path):
    assert path.read_text(encoding="utf-8") == WRITTEN[path], "python -m tools.exercises writes it anew"


def test_each_exercise_is_shown_once_the_easiest_of_its_lesson_first():
    shown = []
    for path in sorted(exercises.LESSONS.glob("*.ipynb")):
        cells = ["".join(cell["source"]) for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]]
        shown += [cell for cell in cells if cell.startswith("nslab.exercise(")]
        turn = [i for i, cell in enumerate(cells) if cell.startswith(("## Your turn", "## Where it bites"))]
        of_it = exercises.of_lesson(path.name[:2])
        assert cells[turn[0] : turn[-1]][1:] == [f'nslab.exercise("{each.name}")' for each in of_it]
    assert shown == [f'nslab.exercise("{each.name}")' for each in all_exercises() if not each.incident]


def test_what_stands_between_is_left_alone():
    """Written twice, it is the same; and nothing of a lesson is lost but its own section."""
    for path in exercises.LESSONS.glob("*.ipynb"):
        before, after = (json.loads(text)["cells"] for text in (path.read_text(encoding="utf-8"), WRITTEN[path]))
        ids = [[cell["id"] for cell in cells] for cells in (before, after)]
        assert [i for i in ids[0] if "-ex-" not in i] == [i for i in ids[1] if "-ex-" not in i]
        assert len(set(ids[1])) == len(ids[1])


def test_the_incidents_have_a_list_of_their_own():
    page = WRITTEN[exercises.PAGE]
    lessons, _, incidents = page.partition("## Incidents")
    for each in all_exercises():
        assert f"| `{each.name}` |" in (incidents if each.incident else lessons)
