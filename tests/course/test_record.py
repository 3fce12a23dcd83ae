"""The learner's record: append only, whatever happens to whoever writes it; and the progress that is read from it."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from click.testing import CliRunner

import nslab
from nslab.cli.progress import command
from nslab.course import lessons, record
from nslab.course.checking import checker
from nslab.course.progress import progress

pytestmark = pytest.mark.pure
ROOT = Path(__file__).resolve().parents[2]
WRITER = """
import sys
from nslab.course import record
for i in range(int(sys.argv[2])):
    record.note("hint", exercise=sys.argv[1], number=i, text="x" * 3000)
"""


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """A record of this test's own."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    return tmp_path


def python(code, *args, **options):
    return subprocess.Popen([sys.executable, "-c", code, *args], cwd=ROOT, **options)


def noted(*what, **said):
    assert record.note(*what, **said) == ""


def passed(name, status="passed"):
    noted("check", exercise=name, status=status, findings=[], seconds=0.1)


def rewritten(change):
    """What was recorded, with another time in each line."""
    lines = [json.loads(line) for line in record.path().read_text().splitlines()]
    record.path().write_text("".join(json.dumps(change(i, line)) + "\n" for i, line in enumerate(lines)))


# -- the lines ---------------------------------------------------------------------------------------------------------


def test_it_is_where_the_specification_says(home, monkeypatch):
    assert record.path() == home / "nslab/record.jsonl"
    monkeypatch.setenv("XDG_DATA_HOME", "relative")
    monkeypatch.setenv("HOME", "/home/ann")
    assert record.path() == Path("/home/ann/.local/share/nslab/record.jsonl")


def test_a_line_is_one_object_and_nobody_else_may_read_it():
    noted("hint", exercise="uts-pod", number=1)
    [line] = record.path().read_text().splitlines()
    assert json.loads(line) == {
        "v": 1,
        "at": record.lines()[0]["at"],
        "what": "hint",
        "exercise": "uts-pod",
        "number": 1,
    }
    assert record.path().stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("text", ["two\nlines", "an\u2028other", "\x0b\x85\x1c", "\udcff no UTF-8", "Ω 名前", '"}'])
def test_whatever_is_answered_comes_back(text):
    noted("check", exercise="net-who-shares", answer=text)
    noted("hint", exercise="net-who-shares")
    assert [entry["what"] for entry in record.lines()] == ["check", "hint"]
    assert record.lines()[0]["answer"] == text


def test_a_line_that_was_cut_short_costs_no_other():
    noted("hint", exercise="a")
    with open(record.path(), "a") as file:
        file.write('{"v": 1, "at": "2026-01-01T00:00:00.000Z", "what": "che')
    noted("hint", exercise="b")
    assert [entry["exercise"] for entry in record.lines()] == ["a", "b"]
    with open(record.path(), "ab") as file:
        file.write(b'\xff\x00{"\n[1]\n"text"\n{}\nnull\n' + b"[" * 100_000 + b'\n{"what": 3, "at": 5}\n')
    noted("hint", exercise="c")
    assert [entry["exercise"] for entry in record.lines()] == ["a", "b", "c"]


@pytest.mark.parametrize("said", [
    {"what": "check", "at": "yesterday", "exercise": "a"}, {"what": "check", "at": "2026-99-01T00Z", "exercise": "a"},
    {"what": "check", "at": "2026-01-01", "exercise": "a"}, {"what": "check", "at": record.now()},
    {"what": "check", "at": record.now(), "exercise": ["a"]}, {"what": "forgotten", "at": record.now()},
    {"what": "guess", "at": record.now(), "lesson": 2, "question": "?"},
])  # fmt: skip
def test_what_somebody_has_written_into_it_does_no_harm(said):
    passed("uts-two-names")
    with open(record.path(), "a") as file:
        file.write(json.dumps(said) + "\n")
    assert len(record.lines()) == 1
    assert sum(row.passed for row in progress()) == 1


def test_kill_9_in_the_middle_of_it_costs_one_line_at_most():
    for _ in range(5):
        writer = python(WRITER, "killed", "1000000")
        deadline = threading.Event()
        while not record.path().exists() or record.path().stat().st_size < 50_000:
            deadline.wait(0.005)
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        noted("hint", exercise="after")
        text = record.path().read_text()
        assert text.endswith("\n")
        assert len(record.lines()) >= text.count("\n") - 1
        assert record.lines()[-1]["exercise"] == "after"
        record.path().unlink()


def test_two_writers_at_once_lose_nothing():
    writers = [python(WRITER, name, "300") for name in ("one", "two")]
    assert [writer.wait(60) for writer in writers] == [0, 0]
    for name in ("one", "two"):
        assert [entry["number"] for entry in record.of(name)] == list(range(300))
    assert record.path().read_text().count("\n") == 600


def test_a_course_goes_on_without_its_record(home, monkeypatch):
    (home / "file").write_text("")
    monkeypatch.setenv("XDG_DATA_HOME", str(home / "file"))
    refused = record.note("hint", exercise="a")
    assert refused.startswith("this was not recorded: ")
    assert str(home / "file") in refused
    seeds = {checker.shown("uts-two-names").seed for _ in range(3)}
    assert len(seeds) == 1, "what the learner reads and what is checked have to be the same"
    outcome = checker.check("uts-two-names")
    assert outcome.seed in seeds
    assert "this was not recorded" in repr(outcome)


def test_a_full_disk_is_told(monkeypatch):
    monkeypatch.setattr(record, "path", lambda: Path("/dev/full"))
    assert "No space left on device" in record.note("hint", exercise="a")


def test_who_has_no_home_is_told(monkeypatch):
    monkeypatch.delenv("XDG_DATA_HOME")
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)
    assert "set HOME or XDG_DATA_HOME" in record.note("hint", exercise="a")
    assert record.lines() == []


# -- the seed ----------------------------------------------------------------------------------------------------------


def test_two_that_ask_for_the_first_seed_get_the_same():
    ask = "from nslab.course.checking import checker; print(checker.shown('uts-two-names').seed)"
    asked = [python(ask, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    assert len({each.communicate(timeout=60)[0] for each in asked}) == 1


def test_another_learner_has_another_seed(home, monkeypatch):
    seeds = set()
    for learner in map(str, range(4)):
        monkeypatch.setenv("XDG_DATA_HOME", str(home / learner))
        seeds.add(checker.shown("uts-two-names").seed)
    assert len(seeds) == 4


# -- guesses -----------------------------------------------------------------------------------------------------------


def guess(choice, observed, question="Which?", elsewhere=None):
    made = nslab.predict(question, ["this", "that"])
    made._repr_mimebundle_()
    made._buttons.value = choice
    return made.reveal(observed, elsewhere)


@pytest.mark.parametrize(("path", "lesson"), [
    ("/home/ann/nslab/02-uts.ipynb", "02"), ("02-uts.ipynb", "02"), ("12-memory-copy.ipynb", "12"), ("", ""),
    ("mine.ipynb", ""), ("/02-x/notes.ipynb", ""), ("2026-notes.ipynb", ""),
])  # fmt: skip
def test_the_lesson_is_that_of_the_notebook(path, lesson, monkeypatch):
    monkeypatch.setenv(lessons.NOTEBOOK, path)
    assert lessons.running() == lesson


def test_the_first_guess_counts(monkeypatch):
    monkeypatch.setenv(lessons.NOTEBOOK, "02-uts.ipynb")
    nslab.predict("Not guessed", ["this", "that"]).reveal("this")
    guess("that", None, elsewhere="this")
    assert record.lines() == []
    guess("that", "this")
    guess("this", "this")
    guess("this", "this", "Another?")
    said = record.lines()[0]
    assert (said["lesson"], said["guess"], said["observed"], said["right"]) == ("02", "that", "this", False)
    [row] = [row for row in progress() if row.lesson == "02"]
    assert (row.guesses, row.right) == (2, 1)


# -- progress ----------------------------------------------------------------------------------------------------------


def row_of(lesson):
    return next(row for row in progress() if row.lesson == lesson)


def test_hints_and_solutions_count_that_came_before():
    noted("hint", exercise="uts-two-names", lesson="02")
    assert (row_of("02").passed, row_of("02").hints) == (0, 0)
    passed("uts-two-names", "not yet")
    assert row_of("02").passed == 0
    passed("uts-two-names")
    noted("solution", exercise="uts-two-names", lesson="02")
    assert (row_of("02").passed, row_of("02").hints, row_of("02").solution) == (1, 1, 0)
    noted("solution", exercise="net-who-shares", lesson="05")
    passed("net-who-shares")
    assert (row_of("05").passed, row_of("05").hints, row_of("05").solution) == (1, 0, 1)


def test_minutes_are_those_of_work():
    for _ in range(4):
        passed("uts-two-names", "not yet")
    at = ["10:00:00", "10:04:30", "12:00:00", "12:10:00"]
    rewritten(lambda i, line: {**line, "at": f"2026-03-01T{at[i]}.000Z"})
    assert row_of("02").minutes == 14.5, "the two hours between were a pause"


def test_as_json_and_csv_and_text():
    passed("uts-two-names")
    run = CliRunner()
    told = json.loads(run.invoke(command, ["--json"]).stdout)
    assert told["record"] == str(record.path())
    assert next(row for row in told["lessons"] if row["lesson"] == "02")["passed"] == 1
    rows = list(csv.DictReader(run.invoke(command, ["--csv"]).stdout.splitlines()))
    assert {row["lesson"]: row["passed"] for row in rows}["02"] == "1"
    assert "passed" in run.invoke(command, []).stdout
    assert "<table>" in progress()._repr_html_()


def test_what_is_forgotten_is_kept_beside_it():
    run = CliRunner()
    assert "Nothing to forget" in run.invoke(command, ["--all"]).stdout
    passed("uts-two-names")
    passed("net-who-shares")
    before = record.path().read_text()
    done = run.invoke(command, ["--reset", "uts-two-names"])
    [copy] = record.path().parent.glob("record-*.jsonl")
    assert str(copy) in done.stdout
    assert copy.read_text() == before
    assert record.path().read_text().startswith(before), "the record itself only grows"
    assert (row_of("02").passed, row_of("05").passed) == (0, 1)
    assert run.invoke(command, ["--all"]).exit_code == 0
    assert sum(row.passed for row in progress()) == 0
    assert len(list(record.path().parent.glob("record-*.jsonl"))) == 2
    passed("uts-two-names")
    assert row_of("02").passed == 1
    assert "nothing is recorded of net-who-shares" in run.invoke(command, ["--reset", "net-who-shares"]).stdout
    assert "Forgotten" in run.invoke(command, ["--reset", "--all"]).stdout
    assert row_of("02").passed == 0


def test_a_name_that_is_none_is_told():
    done = CliRunner().invoke(command, ["--reset", "uts-two-name"])
    assert done.exit_code == 2
    assert "did you mean uts-two-names" in done.stderr
    done = CliRunner().invoke(command, ["--reset", "uts-two-names", "--all"])
    assert done.exit_code == 2
    done = CliRunner().invoke(command, ["--reset"])
    assert done.exit_code == 2
    assert "the name of an exercise, or with --all" in done.stderr
