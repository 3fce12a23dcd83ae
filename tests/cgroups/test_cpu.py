import pytest

from nslab.cgroups import cpu
from nslab.errors import Unsupported
from tests import byhand


@pytest.fixture(scope="module")
def evidence():
    return cpu.demo(seconds=1.5)


def test_it_holds_and_the_control_does_not(evidence):
    assert evidence.holds, evidence.failures


BY_HAND = pytest.mark.flaky(reruns=8, reruns_delay=3)
"""By hand it is measured once, and on a v2 kernel that may be beside the browser (tools/check.sh)."""


@BY_HAND
def test_shell(evidence, tmp_path):
    assert len(byhand.compare(byhand.run_shell(evidence, tmp_path), evidence, at_least=2)) == 2


@BY_HAND
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
    monkeypatch.setattr(cpu, "Cgroup", None)
    with pytest.raises(error, match=message):
        cpu.demo(**options)


@pytest.mark.skipif(len(cpu.online_cpus()) != 2, reason="the numbers are those of two CPUs")
@pytest.mark.parametrize(
    ("first", "second", "verdict"),
    [(1.0, 1.0, True), (1.0, 0.71, True), (1.5, 0.5, False), (1.28, 0.43, False), (1.2, 0.4, False), (0.9, 0.3, None)],
)
def test_a_busy_machine_is_told_from_weights_that_decide(monkeypatch, first, second, verdict):
    """Seconds of CPU time in a second of two CPUs. 3 to 1 is what the weights 60 and 20 would make of them."""

    def measured(sources, *_):
        rates = zip(sources, (first, second, 0.0), strict=True)
        return {name: [(t, t * rate) for t in (0.0, 1.0, 2.0)] for name, rate in rates}

    monkeypatch.setattr(cpu.measure, "sample", measured)
    if verdict is None:
        with pytest.raises(Unsupported, match="other processes took 80 % of one CPU"):
            cpu.demo(only="spread")
    else:
        assert cpu.demo(only="spread").holds is verdict
