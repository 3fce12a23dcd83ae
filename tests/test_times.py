"""What is kept of how long the tests take, and what a run is compared with."""

from __future__ import annotations

import json

import pytest

from tests import times

pytestmark = pytest.mark.pure


@pytest.fixture
def directory(tmp_path, monkeypatch):
    """The files of two tiers, and a home without a history."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr(times, "cpu", lambda: "2 × some CPU")
    made = tmp_path / "times"
    made.mkdir()
    quick = {"seconds": 50.0, "tests": 3, "again": [0, 0], "failed": {},
             "slowest": [["a::test_one", 1.0], ["a::test_two", 0.5]]}  # fmt: skip
    measured = {"seconds": 200.0, "tests": 2, "again": [1, 2], "failed": {"b::test_three": "E  assert 1 == 2"},
                "slowest": [["b::test_three", 30.0]]}  # fmt: skip
    for name, run in (("quick", quick), ("what measures", measured)):
        (made / f"{name}.json").write_text(json.dumps(run))
    return made


def test_the_slowest_of_all_come_first(directory, capsys):
    times.summary(directory)
    lines = [line for line in capsys.readouterr().out.partition("Seconds of")[0].splitlines() if "::" in line]
    assert [line.split()[:2] for line in lines] == [["30.0", "b::test_three"], ["1.0", "a::test_one"],
                                                    ["0.5", "a::test_two"]]  # fmt: skip


def test_what_failed_comes_last_with_what_was_wrong(directory, capsys):
    times.summary(directory)
    assert capsys.readouterr().out.endswith("\nFailed: b::test_three  (what measures)\nE  assert 1 == 2\n")


def test_of_a_traceback_the_lines_that_say_what_was_wrong_are_kept():
    assert times.why("def f():\n>  assert a == b\nE  1 == 2\nE   +  where") == ["E  1 == 2", "E   +  where"]
    assert times.why("worker 'gw0' crashed") == ["worker 'gw0' crashed"]


def test_each_tier_is_one_line_of_the_history(directory):
    times.summary(directory)
    lines = [json.loads(line) for line in times.history().read_text().splitlines()]
    assert [(line["tier"], line["seconds"], line["tests"], line["again"]) for line in lines] == [
        ("quick", 50.0, 3, [0, 0]), ("what measures", 200.0, 2, [1, 2]),
    ]  # fmt: skip
    assert all(line["date"] and line["cpu"] == "2 × some CPU" for line in lines)


def test_it_is_compared_with_those_of_such_a_cpu_alone(directory, capsys, monkeypatch):
    times.summary(directory)
    monkeypatch.setattr(times, "cpu", lambda: "2 × another CPU")
    times.summary(directory)
    monkeypatch.setattr(times, "cpu", lambda: "2 × some CPU")
    times.history().open("a").write('{"tier": "quick", "cpu"')
    capsys.readouterr()
    times.summary(directory)
    said = capsys.readouterr().out
    assert "50  quick: 50 to 50, half in 50; 3 tests; measured again: 0, 0 times" in said
    assert len(times.earlier("quick", "2 × some CPU")) == 1, "what follows a line that was cut off is lost with it"
    assert times.earlier("quick", "2 × third CPU") == []


def test_where_nothing_can_be_kept_the_run_goes_on(directory, capsys, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", "/dev/null")
    times.summary(directory)
    assert "Not kept: " in capsys.readouterr().out


def test_reruns_are_counted_by_test_and_in_all():
    class Report:
        def __init__(self, nodeid, outcome):
            self.nodeid, self.outcome, self.duration = nodeid, outcome, 0.5
            self.failed = outcome == "failed"

    heard = times.Times()
    for nodeid, outcome in (("t::a", "rerun"), ("t::a", "rerun"), ("t::a", "passed"), ("t::b", "rerun")):
        heard.pytest_runtest_logreport(Report(nodeid, outcome))
    assert heard.result()["again"] == [2, 3]
    assert heard.result()["slowest"][0] == ("t::a", 1.5)
