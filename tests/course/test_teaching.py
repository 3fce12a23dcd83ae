"""What docs/teaching.md names is there: lessons and their sections, exercises, commands and their options, settings."""

from __future__ import annotations

import csv
import io
import re
import tomllib
from dataclasses import fields
from pathlib import Path

import click
import pytest
from nbformat import read

from nslab import cli
from nslab.classroom import settings
from nslab.classroom.marks import Mark, Marks
from nslab.course.checking.exercise import all_exercises, find
from tools import minutes

pytestmark = [pytest.mark.pure, pytest.mark.any_user]

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/teaching.md").read_text(encoding="utf-8")
PATHS = {path.name[:2]: path for path in minutes.LESSONS}
CELLS = {number: [c.source for c in read(path, as_version=4).cells] for number, path in PATHS.items()}
SECTIONS = {
    number: {title for source in cells for title in re.findall(r"^## (.+)$", source, re.MULTILINE)}
    for number, cells in CELLS.items()
}
LESSON_OF = {each.name: each.lesson for each in all_exercises()}
PARTS = {
    part[:2]: part for part in PAGE.partition("\n## The lessons\n")[2].partition("\n## ")[0].split("\n### ")[1:]
}  # fmt: skip
PLANS = {title: part for part in PAGE.partition("\n## Plans\n")[2].partition("\n## ")[0].split("\n### ")[1:]
         for title in [part.split(":")[0]]}  # fmt: skip
LONG = {"45 minutes": [45], "90 minutes": [90], "2 × 90 minutes": [90, 90], "A term": [90]}
NAME = re.compile(r"`([a-z]+(?:-[a-z]+)+)`")


def named(text):
    """The exercises in code, such as `uts-pod`."""
    return NAME.findall(text)


def tables(text):
    """Each table of a text, as rows of cells without its head."""
    found = re.findall(r"(?:^\|.*\|\n)+", text + "\n", re.MULTILINE)
    return [[[c.strip() for c in line[1:-1].split("|")] for line in each.strip().split("\n")] for each in found]


def commands():
    """The words after `nslab`, of each command in the page."""
    code = [*re.findall(r"`([^`\n]+)`", PAGE), *re.findall(r"^(?: {4}|# )(.+)$", PAGE, re.MULTILINE)]
    found = (re.match(r"(?:sudo )?nslab ([^>`#]+)", each.strip()) for each in code)
    return sorted({each[1].strip() for each in found if each})


def test_every_exercise_is_one():
    assert set(named(PAGE)) - set(LESSON_OF) == set()
    assert set(LESSON_OF) - set(named(PAGE)) == set(), "an exercise without a place in the page"


@pytest.mark.parametrize("number", PATHS)
def test_each_lesson_has_its_part(number):
    part = PARTS[number]
    title = CELLS[number][0].partition("\n")[0].removeprefix("# ")
    assert part.partition("\n")[0] == f"{number} {title}"
    assert re.findall(r"^\*\*([^*]+)\*\*", part, re.MULTILINE) == ["They get wrong", "Ask", "On the board", "Homework"]
    wrong, asked = (part.partition(f"**{name}**")[2].partition("\n**")[0] for name in ("They get wrong", "Ask"))
    assert len(re.findall("^- ", wrong, re.MULTILINE)) >= 2
    questions = re.findall(r"^- (.+?)(?=^- |\Z)", asked.strip(), re.MULTILINE | re.DOTALL)
    assert 2 <= len(questions) <= 4
    assert all("?" in each and re.search(r"\([^()].*\)\s*\Z", each, re.DOTALL) for each in questions), "with its answer"


@pytest.mark.parametrize("number", PATHS)
def test_the_part_of_a_lesson_has_its_exercises(number):
    assert {name for name in named(PARTS[number]) if LESSON_OF[name] != number} == set()
    of_it = {name for name, lesson in LESSON_OF.items() if lesson == number}
    assert of_it - set(named(PARTS[number].partition("**Homework**")[2])) == set()


def test_what_a_check_is_said_to_say_it_says():
    """In italics and brackets, as each wrong way has it in its first line; an item names whose it is."""
    quoted = 0
    for number, part in PARTS.items():
        wrong = part.partition("**They get wrong**")[2].partition("\n**")[0]
        for item in re.split(r"^- ", wrong, flags=re.MULTILINE):
            of_it = [find(name) for name in named(item)] or [e for e in all_exercises() if e.lesson == number]
            tried = [attempt for each in of_it for attempt in attempts(each)]
            for message in re.findall(r"\(\*([^*]+)\*\)", item):
                quoted += 1
                assert any(" ".join(message.split()) in attempt for attempt in tried), message
    assert quoted > 20


def attempts(exercise):
    """What is written in each of its wrong ways."""
    folder = ROOT / "nslab/course/exercises" / exercise.name.replace("-", "_")
    return [(folder / name).read_text(encoding="utf-8") for name in exercise.wrong()]


def test_there_is_no_other_part():
    assert list(PARTS) == list(PATHS)


@pytest.mark.parametrize("title", LONG)
def test_a_plan_leaves_no_minute_out(title):
    clocks = [table for table in tables(PLANS[title]) if table[0][0] == "minutes"]
    assert [int(clock[-1][0].split("–")[1]) for clock in clocks] == LONG[title]
    for clock in clocks:
        ends = [0]
        for row in clock[2:]:
            begun, ended = map(int, row[0].split("–"))
            assert begun == ends[-1] < ended, row
            ends.append(ended)


@pytest.mark.parametrize("title", [title for title in LONG if title != "A term"])
def test_what_a_plan_shows_is_in_its_lesson(title):
    rows = [row for table in tables(PLANS[title]) for row in table[2:]]
    for _, lesson, what, _ in rows:
        if lesson in PATHS:
            wanted = named(what) or what.split("; ")
            assert set(wanted) <= SECTIONS[lesson] | {name for name in LESSON_OF if LESSON_OF[name] == lesson}, what
        else:
            assert lesson == "–"


def test_the_weeks_of_a_term():
    weeks = next(table for table in tables(PLANS["A term"]) if table[0][0] == "week")
    assert [int(week[0]) for week in weeks[2:]] == list(range(1, 15))
    taught = []
    for _, lessons, reading, shown, *exercises in weeks[2:]:
        numbers = lessons.split(", ")
        assert int(reading) == sum(minutes.said(PATHS[number]) for number in numbers), lessons
        assert set(shown.split("; ")) <= set().union(*(SECTIONS[number] for number in numbers)), shown
        taught += numbers
        given = named(" ".join(exercises))
        assert {LESSON_OF[name] for name in given} <= set(taught), f"{lessons}: before its lesson"
        assert all(len(each) > 0 for each in exercises)
    assert taught == list(PATHS)
    assert len(set(named(str(weeks)))) == len(named(str(weeks))), "given twice"


@pytest.mark.parametrize("words", commands())
def test_every_command_is_one_and_has_its_options(words):
    given = re.findall(r"[^\s]+", words)
    command = cli.main
    while isinstance(command, click.Group) and given and not given[0].startswith("-"):
        command = command.get_command(click.Context(command), given.pop(0))
        assert command is not None, words
    options = {opt for param in command.params for opt in param.opts}
    assert {each for each in given if each.startswith("--")} <= options, words


def test_some_commands_are_found():
    assert {"class marks --csv", "doctor", "progress --csv"} <= set(commands())


def test_the_settings_are_allowed():
    (given,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    found = settings.parsed({"learners": ["anna"], **tomllib.loads(given)}, ROOT)
    assert set(found.weights) <= set(found.exercises)
    assert found.deadline is not None


def test_the_columns_of_marks_are_those():
    table = next(table for table in tables(PAGE) if table[0] == ["column", "what it is"])
    named_there = [name for row in table[2:] for name in re.findall("`([a-z]+)`", row[0])]
    assert named_there == [field.name for field in fields(Mark)]


def test_the_rubric_reckons(tmp_path, monkeypatch, capsys):
    marks = Marks([
        Mark("anna", "uts-pod", "02", "2027-01-01T10:00:00+00:00", False, 3, 1, False, 1, 2.0),
        Mark("anna", "uts-two-names", "02", "2027-01-01T10:00:00+00:00", False, 1, 0, True, 1, 1.0),
        Mark("ben", "uts-pod", "02", "", False, 1, 0, False, 1, 0.0),
    ])  # fmt: skip
    (program,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "marks.csv").write_text(marks.csv(), encoding="utf-8")
    assert list(csv.DictReader(io.StringIO(marks.csv())))
    monkeypatch.chdir(tmp_path)
    exec(compile(program, "docs/teaching.md", "exec"), {})
    assert capsys.readouterr().out == "anna 2.5\nben 0.0\n"


@pytest.mark.parametrize("file", sorted(set(re.findall(r"`((?:nslab|tools|tests)/[^`]+)`", PAGE))))
def test_every_file_is_there(file):
    assert list(ROOT.glob(file)), file
