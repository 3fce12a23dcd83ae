from contextlib import contextmanager

import pytest

from nslab.cgroups import cpu
from nslab.cgroups.cpu import experiment
from nslab.errors import Unsupported
from nslab.lab.power.cpus import usable_cpus
from tests import byhand


@pytest.fixture(scope="module")
def evidence():
    return cpu.demo(seconds=1.5)


def test_it_holds_and_the_control_does_not(evidence):
    assert evidence.holds, evidence.failures


def test_a_cpu_for_each_is_what_makes_weights_decide_nothing(evidence):
    if "spread" not in evidence.parts:
        pytest.skip(next(note for note in evidence.notes if note.startswith("spread: ")))
    assert evidence.control_row("spread-cgrp1").measured == pytest.approx(75, abs=5)
    assert (evidence.row("weight-spread-cgrp1").measured, evidence.row("weight-spread-cgrp2").measured) == (60, 20)


def test_what_an_idle_group_leaves_is_more_than_the_others_had(evidence):
    assert evidence.row("idle-gain").measured == pytest.approx(75, abs=5)
    assert evidence.control_row("idle-gain").measured == pytest.approx(0, abs=5)


def test_the_weight_of_the_session_is_among_what_was_written(evidence):
    (session,) = [w for w in evidence.written if w[0].startswith("nslab-")]
    assert session[1:] in (("cpu.shares", "10240"), ("cpu.weight", "1000"))


@pytest.mark.measured
def test_equal_weights_are_read_back_since_shares_do_not_tell():
    evidence = cpu.demo({"a": 50, "b": 50}, seconds=1, only="shares")
    assert evidence.holds, evidence.failures
    assert [(row.key, row.measured) for row in evidence.rows[2:]] == [("weight-share-a", 50), ("weight-share-b", 50)]
    assert evidence.control_row("weight-share-a").measured == 100


@pytest.mark.measured
def test_shell(evidence, tmp_path):
    assert len(byhand.compare(byhand.run_shell(evidence, tmp_path), evidence, at_least=2)) == 2


@pytest.mark.measured
def test_c(evidence, tmp_path):
    assert len(byhand.compare(byhand.run_c(evidence, tmp_path), evidence, at_least=2)) == 2


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"weights": {"a": float("nan"), "b": 5}}, ValueError, "weight of a=nan"),
        ({"weights": {1: 50, 2: 50}}, ValueError, "weights=1: give 1 to 32 letters"),
        ({"quotas": {"a/b": 20, "c": 20}}, ValueError, "quotas='a/b': give 1 to 32 letters"),
        ({"only": 5}, TypeError, "only=5: give names"),
        ({"only": []}, ValueError, r"only=\[\]: name at least one"),
    ],
)
def test_bad_options_are_named_before_anything_is_measured(options, error, message, monkeypatch):
    monkeypatch.setattr(experiment, "Cgroup", None)
    with pytest.raises(error, match=message):
        cpu.demo(**options)


@pytest.mark.skipif(len(usable_cpus()) != 2, reason="the numbers are those of two CPUs")
@pytest.mark.parametrize(
    ("first", "second", "verdict"),
    [(1.0, 1.0, True), (1.0, 0.71, True), (1.5, 0.5, False), (1.28, 0.43, False), (1.2, 0.4, False), (0.9, 0.3, None)],
)
def test_a_busy_machine_is_told_from_weights_that_decide(monkeypatch, first, second, verdict):
    """Seconds of CPU time in a second of two CPUs. 3 to 1 is what the weights 60 and 20 would make of them."""
    on = []

    @contextmanager
    def competing(groups, cpus):
        on[:] = cpus
        yield dict.fromkeys(groups)

    def measured(sources, *_):
        values = (first, second, 0.0) if len(on) > 1 else (0.75, 0.25, 0.0)
        rates = zip(sources, values, strict=True)
        return {name: [(t, t * rate) for t in (0.0, 1.0, 2.0)] for name, rate in rates}

    monkeypatch.setattr(experiment, "_competing", competing)
    monkeypatch.setattr(experiment.measure, "sample", measured)
    if verdict is None:
        with pytest.raises(Unsupported, match="other processes took 80 % of one CPU"):
            cpu.demo(only="spread")
    else:
        assert cpu.demo(only="spread").holds is verdict
