"""A verb that has to wait for its turn: it says so, and the time until then is not the check's."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

import nslab
from nslab.course.checking import command
from nslab.course.checking.card import MEASURES, Card
from nslab.course.checking.command import waits_told
from nslab.course.checking.stage import Stage
from nslab.errors import Unsupported
from nslab.lab.power import refusals

NAME = "cpu-percent-of-leaf"
LONG = 5.0
"""Seconds that it waits for its turn: far more than it takes to start a command."""
HOLDS = """
import sys
from nslab.cgroups.bench.turns import alone
from nslab.lab.power.cpus import usable_cpus
with alone(*usable_cpus()):
    print("has them", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def task():
    made = nslab.exercise(NAME)
    try:
        made.begin()
    except Unsupported as e:
        pytest.skip(str(e))
    yield made
    made.close()


@pytest.fixture
def busy():
    """Another process that measures on all CPUs, until it is told to end."""
    with subprocess.Popen([sys.executable, "-c", HOLDS], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout.readline() == b"has them\n"
        yield other
        other.stdin.close()


@pytest.mark.measured
@pytest.mark.long
def test_a_check_that_measures_waits_for_its_turn_and_its_seconds_count_from_there(task, busy):
    heard, began = [], time.monotonic()

    def tell(line):
        heard.append((line, time.monotonic() - began))
        if line.startswith("waiting "):
            time.sleep(LONG)
            busy.stdin.close()

    with waits_told(tell):
        outcome = task.check("1")
    took = time.monotonic() - began
    (waits, _), (over, turn) = heard
    assert f"(pid {busy.pid}, " in waits
    assert over == ""
    assert turn > LONG
    assert 0 < outcome.seconds < took - LONG
    assert outcome.wrong.key == "share"


def ask(monkeypatch, program, patience):
    """A verb that is this program, and what was told of its waiting."""
    told = []
    monkeypatch.setattr(command, "PATIENCE", patience)
    with waits_told(told.append):
        return command._done([sys.executable, "-c", f"import sys, time\nsay = sys.stderr.write\n{program}"]), told


def test_who_waits_has_all_the_time_that_it_takes_and_who_has_his_turn_has_patience_anew(monkeypatch):
    program = """
for line, seconds in (("waiting (1 s) for a\\n", 4.3), ("wai", 0), ("ting (2 s) for b\\n", 0.1),
                      ("the wait is over\\n", 0), ("Error: x\\n", 0), ("y", 0)):
    say(line), sys.stderr.flush(), time.sleep(seconds)
print("done")"""
    # A program of Python's starts within it, also on a busy machine.
    done, told = ask(monkeypatch, program, patience=4.0)
    assert told == ["waiting (1 s) for a", "waiting (2 s) for b", ""]
    assert (done.stdout, done.stderr, done.returncode) == ("done\n", "Error: x\ny", 0)


@pytest.mark.parametrize("before", ["", "say('waiting (1 s) for a\\nthe wait is over\\n'); sys.stderr.flush()"])
def test_who_is_silent_and_waits_for_nobody_is_ended(monkeypatch, before):
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        ask(monkeypatch, f"{before}\ntime.sleep(60)", patience=0.5)
    assert time.monotonic() - began < 30


def test_a_card_says_that_it_measures_and_for_whom_it_waits():
    card = Card(nslab.exercise(NAME))
    card._says = MEASURES
    shown = []
    card.view.observe(lambda change: shown.append(change["new"]), "waits")
    for line in ("waiting (1 s) for 1 other who measures on CPU 1: x (pid 1, root); interrupt to give up", ""):
        card._wait(line)
    assert shown == ["Waiting (1 s) for 1 other who measures on CPU 1: x (pid 1, root)", MEASURES]


@pytest.mark.pure
def test_a_scene_that_does_not_come_about_on_a_busy_machine_says_so_and_what_to_do():
    with pytest.raises(TimeoutError) as raised:
        Stage("x", {}, 1).until("the quota of a was not used up", lambda: False, 0.01)
    said = refusals.explained(raised.value, "the scene of x")
    assert said.why == "the quota of a was not used up within 0 s, as others use the CPUs"
    assert said.mend.startswith("call again when the machine has less to do")
