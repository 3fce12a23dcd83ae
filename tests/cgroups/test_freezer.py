import os
import signal
import threading
import time

import pytest

from nslab.cgroups import freezer
from tests import byhand
from tests.cgroups.conftest import PURE_V2, here


@pytest.fixture(scope="module")
def evidence():
    return here(freezer.demo)


def test_it_holds_and_the_control_does_not(evidence):
    assert evidence.holds, evidence.failures


def test_no_tick_while_frozen(evidence):
    assert evidence.row("ticks-frozen").measured == 0
    assert evidence.row("still").measured >= 0.25 > evidence.control_row("still").measured
    assert evidence.row("ticks-after").measured > 0
    assert evidence.control_row("ticks-frozen").measured > 0
    assert evidence.row("ticked").measured == "before the freeze, after the thaw"
    assert evidence.control_row("ticked").measured == "before the freeze, while frozen, after the thaw"


def test_a_frozen_process_is_killed_at_once_in_v2_alone(evidence):
    versions = [version for version in (1, 2) if any(row.key == f"ended-v{version}" for row in evidence.rows)]
    assert versions == [2] if PURE_V2 else [1, 2]
    for version in versions:
        waits = evidence.row(f"there-v{version}")
        assert waits.measured is (version == 1)
        assert evidence.control_row(waits.key).measured is False
        when = freezer.AFTER_THAW if version == 1 else freezer.AT_ONCE
        assert evidence.row(f"ended-v{version}").measured == f"SIGKILL, {when}"
        assert evidence.control_row(f"ended-v{version}").measured == f"SIGKILL, {freezer.AT_ONCE}"


@pytest.mark.measured
def test_it_is_frozen_as_long_as_asked():
    evidence = here(freezer.demo, seconds=1, only="freeze")
    assert evidence.holds, evidence.failures
    start, end = (when for when, _ in evidence.samples.charts[0].marks)
    assert end - start == pytest.approx(1)
    flat = [ticks for when, ticks in evidence.samples.series("ticks").points if start + 0.1 < when < end]
    assert len(flat) > 20
    assert len(set(flat)) == 1


def test_chart(evidence):
    assert len(evidence.plot().axes) == 4
    assert all(len(series.points) >= 20 for chart in evidence.samples.charts for series in chart.series)


@pytest.mark.measured
def test_an_interrupt_while_it_is_frozen_comes_through_at_once():
    threading.Timer(freezer.AROUND + 0.4, os.kill, (os.getpid(), signal.SIGINT)).start()
    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        freezer.demo(seconds=3, only="freeze")
    assert time.monotonic() - started < 3


@pytest.mark.measured
def test_shell(evidence, tmp_path):
    byhand.compare(byhand.run_shell(evidence, tmp_path), evidence, at_least=3)


@pytest.mark.measured
def test_c(evidence, tmp_path):
    byhand.compare(byhand.run_c(evidence, tmp_path), evidence, at_least=3)


@pytest.mark.pure
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"seconds": 0}, "seconds=0: give a number from 0.2 to 30 s"),
        ({"seconds": 31}, "seconds=31: give a number from 0.2 to 30 s"),
        ({"seconds": "1"}, "seconds='1': give a number"),
        ({"seconds": None}, "seconds=None: give a number"),
        ({"only": "no"}, "only='no': choose one of freeze, kill"),
    ],
)
def test_bad_values_are_named(options, message):
    with pytest.raises((TypeError, ValueError), match=message):
        here(freezer.demo, **options)
