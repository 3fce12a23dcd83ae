"""Marks: what follows from the record, by the deadline and the weights of class.toml."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime

import pytest

from nslab.classroom.marks import reckoned
from nslab.classroom.settings import Settings

pytestmark = pytest.mark.pure
SETTINGS = Settings(learners=("anna", "ben"), deadline=datetime(2027, 1, 31, 18, tzinfo=UTC),
                    weights={"uts-two-names": 2.5})  # fmt: skip


def entry(what, day=30, learner="anna", exercise="uts-two-names", **said):
    return {"at": f"2027-01-{day}T17:59:59.000Z", "what": what, "learner": learner, "exercise": exercise, "seed": 7,
            **said}  # fmt: skip


def check(status, **said):
    return entry("check", status=status, **said)


def only(entries, settings=SETTINGS):
    [mark] = reckoned(entries, settings)
    return mark


def test_it_is_passed_once_and_what_comes_afterwards_changes_nothing():
    mark = only([entry("begin"), check("not yet"), entry("hint"), check("passed"), entry("hint"), entry("solution"),
                 check("not yet"), check("passed", day=31)])  # fmt: skip
    assert (mark.passed[:10], mark.tries, mark.hints, mark.solution, mark.points) == ("2027-01-30", 2, 1, False, 2.5)


def test_what_is_not_passed_counts_nothing():
    mark = only([check("not yet"), check("not begun"), check("cannot be checked here"), entry("solution")])
    assert (mark.passed, mark.tries, mark.solution, mark.points) == ("", 1, True, 0)


def test_the_deadline_is_to_the_second():
    assert only([check("passed", day=31)]).points == 2.5
    late = only([{**check("passed"), "at": "2027-01-31T18:00:00.001Z"}])
    assert (late.late, late.points) == (True, 0)


def test_an_exercise_of_another_lesson_is_left_out():
    assert reckoned([check("passed")], Settings(learners=("anna",), lessons=("03",))) == ()


def test_each_learner_has_a_line_of_his_own_also_one_who_has_left():
    marks = reckoned([check("passed"), check("passed", learner="zoe"), check("not yet", learner="ben")], SETTINGS)
    assert [(each.learner, each.points) for each in marks] == [("anna", 2.5), ("ben", 0), ("zoe", 2.5)]
    rows = list(csv.DictReader(io.StringIO(marks.csv())))
    assert [(row["learner"], row["points"]) for row in rows] == [("anna", "2.5"), ("ben", "0.0"), ("zoe", "2.5")]
    assert {(row["exercise"], row["seed"]) for row in rows} == {("uts-two-names", "7")}
