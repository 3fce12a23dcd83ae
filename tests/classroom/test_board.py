"""What the board shows: where each learner is, who is stuck, who measures and who waits, and what they use."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from nslab.classroom.board import seats, turns, usage
from nslab.classroom.settings import Settings
from nslab.linux.flocks import Flocks

pytestmark = [pytest.mark.pure, pytest.mark.any_user]
NOW = datetime(2027, 1, 1, 12, 0, tzinfo=UTC)
SETTINGS = Settings(("anna", "ben"), lessons=("02",))
HERE = {name: usage.Usage(True) for name in SETTINGS.learners}


def entry(what, minutes, exercise="uts-pod", learner="anna", **said):
    return {"learner": learner, "exercise": exercise, "what": what,
            "at": (NOW - timedelta(minutes=minutes)).isoformat(), **said}  # fmt: skip


def failed(minutes, **said):
    return entry("check", minutes, status="not yet", **said)


def passed(minutes, **said):
    return entry("check", minutes, status="passed", **said)


def anna(*entries, uses=HERE):
    return seats.seats(entries, SETTINGS, NOW, uses, {})[0]


def test_each_learner_has_a_seat_and_nobody_else():
    found = seats.seats([passed(1, learner="teacher"), passed(1, learner="ben")], SETTINGS, NOW, HERE, {})
    assert [(seat.name, seat.passed) for seat in found] == [("anna", 0), ("ben", 1)]
    assert {cell.exercise for cell in found[0].cells} == set(SETTINGS.exercises)


def test_a_cell_tells_how_it_came_about():
    entries = [entry("begin", 9), failed(8), entry("hint", 7), entry("solution", 7), passed(6), failed(1)]
    cells = {cell.exercise: cell for cell in anna(*entries).cells}
    assert cells["uts-pod"] == seats.Cell("uts-pod", "passed", tries=2, hints=1, solution=True)
    assert cells["uts-two-names"] == seats.Cell("uts-two-names")
    untried = entry("check", 1, exercise="uts-two-names", status="not begun")
    begun = next(cell for cell in anna(untried).cells if cell.exercise == "uts-two-names")
    assert (begun.state, begun.tries) == ("begun", 0)


@pytest.mark.parametrize(("entries", "why"), [
    ([], ""),
    ([failed(3), failed(2)], ""),
    ([failed(3), failed(2), failed(1)], "3 failed checks"),
    ([failed(3), failed(2), entry("hint", 2), failed(1)], "3 failed checks"),
    ([failed(4), failed(3), failed(2), passed(1)], ""),
    ([failed(4), failed(3), failed(2), entry("end", 1)], ""),
    ([entry("begin", 9)], ""),
    ([entry("begin", 11)], "no check for 11 min"),
    ([entry("begin", 20), failed(9)], ""),
    ([entry("begin", 20), failed(15), entry("hint", 1)], "no check for 15 min"),
    # What he is at is what he did last.
    ([failed(30), failed(29), failed(28), entry("begin", 2, exercise="uts-two-names")], ""),
])  # fmt: skip
def test_who_is_stuck(entries, why):
    assert anna(*entries).stuck == why


def test_who_is_not_there_does_not_wait_for_a_check():
    assert anna(entry("begin", 60), uses={}).stuck == ""


def test_the_wall_has_no_names_and_another_order():
    found = seats.seats([failed(1), failed(1), failed(1), passed(2, learner="ben")], SETTINGS, NOW, HERE, {})
    wall = seats.nameless(found, ["ben", "anna"])
    assert [(each["name"], each["passed"]) for each in wall] == [("1", 1), ("2", 0)]
    assert set(wall[0]) == {"name", "passed", "cells"}
    assert "anna" not in str(wall)
    assert "ben" not in str(wall)


SAID = """Id=nslab-class-learner-anna.service
ActiveState=active
MemoryCurrent=104857600
MemoryMax=419430400
CPUUsageNSec={used}
CPUQuotaPerSecUSec=1s 500ms
TasksCurrent=12
TasksMax=400

Id=nslab-class-learner-ben.service
ActiveState=inactive
MemoryCurrent=[not set]
MemoryMax=infinity
CPUUsageNSec=[not set]
CPUQuotaPerSecUSec=infinity
TasksCurrent=[not set]
TasksMax=400
"""


def test_a_share_of_a_cpu_is_of_the_time_between_two_looks():
    times, used = iter([10.0, 12.0, 13.0]), iter([5_000_000_000, 6_000_000_000, 100_000_000])
    asked = []

    def shown(*command):
        asked.append(command)
        return SAID.format(used=next(used))

    meter = usage.Meter(shown, lambda: next(times))
    first = meter.look(("anna", "ben"))
    assert first["anna"] == usage.Usage(True, 100 << 20, 400 << 20, 0.0, 150.0, 12, 400)
    assert first["ben"] == usage.NOTHING
    assert meter.look(("anna", "ben"))["anna"] == replace(first["anna"], cpu=50.0)
    # It was started again, and counts from 0.
    assert meter.look(("anna", "ben"))["anna"].cpu == 0
    assert len(asked) == 3


def test_nobody_is_asked_about_an_empty_class():
    assert usage.Meter(lambda *_: pytest.fail("asked")).look(()) == {}


def test_who_measures_and_who_waits():
    clock = iter([100.0, 107.0, 108.0])
    owners = {1: 1001, 2: 1002, 3: 1003, 4: 0}
    locks = [Flocks((2,), (3, 4)), Flocks((1,), (2,)), Flocks((), ())]
    queue = turns.Queue(lambda: locks, owners.get, lambda: next(clock))
    uids = {1001: "anna", 1002: "ben", 1003: "cleo"}
    assert queue.look(uids) == {name: turns.Turn(name == "anna", 0.0) for name in ("anna", "ben", "cleo")}
    locks[:] = [Flocks((), (3,)), Flocks((2,), ()), Flocks((), ())]
    # Ben's turn begins now, while cleo has waited since the first look; anna is done.
    assert queue.look(uids) == {"ben": turns.Turn(True, 0.0), "cleo": turns.Turn(False, 7.0)}
    locks[:] = [Flocks((), ())] * 3
    assert queue.look(uids) == {}


def test_the_locks_of_this_machine_are_read():
    assert all(isinstance(each, Flocks) for each in turns.held())
    assert len(turns.held()) >= 2
