import os
import time

import pytest

from nslab.cgroups import pids
from nslab.cgroups.core.group import Cgroup
from nslab.cgroups.pids import experiment
from nslab.errors import Unsupported
from tests import byhand
from tests.cgroups.conftest import here


@pytest.fixture(scope="module")
def evidence():
    return here(pids.demo)


def test_it_holds_and_the_control_does_not(evidence):
    assert evidence.holds, evidence.failures


def test_the_bomb_is_held_at_the_limit_and_bounded_without(evidence):
    row, without = evidence.row("most"), evidence.control_row("most")
    assert (row.measured, without.measured) == (20, 60)
    assert evidence.row("errno").measured == "EAGAIN"
    assert evidence.control_row("errno").measured is None


@pytest.mark.measured
def test_what_is_made_outside_meanwhile_is_there_and_not_in_the_group(evidence):
    assert (evidence.row("outside").measured, evidence.control_row("outside").measured) == ("20 and 1", "60 and 1")


def test_a_process_is_looked_for_in_the_kernel():
    group = here(Cgroup, "pids")
    with group, group.clone(time.sleep, args=(60,), stream=False) as child:
        assert pids._is_in(group, child.pid)
        assert not pids._is_in(group, os.getpid())


def test_a_bomb_that_is_too_slow_is_told_of_and_not_taken_for_a_limit_that_does_not_hold(monkeypatch):
    here(Cgroup, "pids").close()
    monkeypatch.setattr(experiment, "PAUSE", 5.0)
    monkeypatch.setattr(experiment, "PATIENCE", 0.1)
    with pytest.raises(Unsupported, match=r"the bomb has \d+ processes after 0 s, of 60 that it was to have"):
        pids.demo()


def test_the_limit_reaches_the_kernel():
    evidence = here(pids.demo, limit=7, only="limit")
    assert evidence.row("most").measured == 7
    assert [w[1:] for w in evidence.written] == [("pids.max", "7")]


def test_chart(evidence):
    assert len(evidence.plot().axes) == 2
    assert all(len(chart.series[0].points) >= 20 for chart in evidence.samples.charts)
    assert evidence.samples.series("processes").expected == 20


@pytest.mark.measured
def test_shell(evidence, tmp_path):
    byhand.compare(byhand.run_shell(evidence, tmp_path), evidence, at_least=3)


@pytest.mark.measured
def test_c(evidence, tmp_path):
    byhand.compare(byhand.run_c(evidence, tmp_path), evidence, at_least=4)


@pytest.mark.pure
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"limit": 2}, "limit=2: give a number from 3 to 60"),
        ({"limit": 61}, "limit=61: give a number from 3 to 60"),
        ({"limit": 7.5}, "limit=7.5: give a whole number from 3 to 60"),
        ({"limit": "20"}, "limit='20': give a number"),
        ({"limit": None}, "limit=None: give a number"),
        ({"only": "no"}, "only='no': choose one of limit"),
    ],
)
def test_bad_values_are_named(options, message):
    with pytest.raises((TypeError, ValueError), match=message):
        here(pids.demo, **options)
