import os
import re

import pytest

import nslab
from nslab.cgroups import memory
from nslab.cgroups.core.location import where
from nslab.cgroups.memory import experiment
from nslab.experiment import run
from nslab.linux import files
from tests import byhand
from tests.cgroups.conftest import here


@pytest.fixture(scope="module")
def evidence():
    return here(memory.demo)


def version() -> int:
    return where("memory").version


def measured_parts(evidence) -> set[str]:
    return {row.part for row in evidence.rows}


def test_it_holds_and_the_control_does_not(evidence):
    assert evidence.holds, evidence.failures
    assert {"limit", "bill", *(("soft_limit", "oom_control") if version() == 1 else ("high", "oom_group"))} <= (
        measured_parts(evidence)
    )


def test_what_is_left_out_is_said_with_the_reason(evidence):
    for part in memory.PARTS:
        # What was measured again is there.
        said = [note for note in evidence.notes if re.match(f"{part.name}: (?!measured again)", note)]
        assert bool(said) != (part.name in measured_parts(evidence)), (part.name, evidence.notes)


def test_the_kill_comes_at_the_limit(evidence):
    row, without = evidence.row("most"), evidence.control_row("most")
    assert abs(row.measured - 32) <= 2
    assert without.measured >= 64
    assert [evidence.row("ended").measured, evidence.control_row("ended").measured] == [
        "SIGKILL", "exit 0",
    ]  # fmt: skip


def test_no_swap_may_be_used_and_the_kernel_says_so(evidence):
    assert evidence.row("swap-off").measured == 0
    assert evidence.row("with-swap").measured == pytest.approx(32, abs=2)


def test_swap_that_was_left_on_is_seen(monkeypatch):
    monkeypatch.setattr(experiment, "swap_off", lambda group: None)
    # What cannot hold would only be measured three times.
    monkeypatch.setattr(run, "TRIES", 1)
    evidence = here(memory.demo, only="limit")
    assert any("swap that the kernel lets it use" in failure for failure in evidence.failures)


def test_the_soft_limit_is_kept_while_more_is_in_use(evidence):
    if version() != 1:
        pytest.skip("v1 has it")
    assert evidence.row("soft-limit").measured == 32
    assert evidence.row("above-soft").measured == pytest.approx(32, abs=2)
    assert evidence.control_row("above-soft").measured is None


def test_it_says_what_it_wrote(evidence):
    file = "memory.max" if version() == 2 else "memory.limit_in_bytes"
    assert any(w[1:] == (file, str(32 << 20)) for w in evidence.written)


def test_the_limit_reaches_the_kernel(evidence):
    smaller = memory.demo(limit="16M", only="limit")
    assert smaller.holds, smaller.failures
    assert smaller.row("most").measured == pytest.approx(16, abs=2)
    assert smaller.row("most").measured < evidence.row("most").measured


def test_the_bill_follows_the_price(evidence):
    dear = memory.demo(price=1, only="bill")
    assert dear.holds, dear.failures
    name = "cost-ben"
    assert dear.row(name).measured == pytest.approx(100 * evidence.row(name).measured, rel=0.05)


def test_a_cache_is_given_back(evidence):
    if "reclaim" not in measured_parts(evidence):
        assert not os.environ.get("CI"), "no directory on a disk: set TMPDIR to one"
        pytest.skip("no directory on a disk: set TMPDIR to one")
    name = "cached"
    assert evidence.row(name).measured <= 32 < evidence.control_row(name).measured
    taken_back, without = evidence.row("taken-back").measured, evidence.control_row("taken-back").measured
    assert without < 4 < 32 <= taken_back
    for charged in (evidence.row("charged"), evidence.control_row("charged")):
        assert charged.measured >= charged.expected == 64
    with memory.file_on_disk(1 << 20) as path:
        assert os.readlink(path).endswith("(deleted)")


def test_what_the_other_version_has_is_unsupported(evidence):
    for part in ("high", "oom_group") if version() == 1 else ("soft_limit", "oom_control"):
        with pytest.raises(nslab.Unsupported, match="memory"):
            memory.demo(only=part)


def test_swap_is_asked_for(evidence):
    if len(files.read("/proc/swaps").splitlines()) == 1:
        with pytest.raises(nslab.Unsupported, match="swapon"):
            memory.demo(only="swap")
    else:
        assert "swap" in measured_parts(evidence)


def test_chart(evidence):
    assert len(evidence.plot("limit").axes) == 2
    for chart in evidence.samples.charts:
        assert len(chart.series[0].points) >= 20
    assert "OOM kill" in [what for _, what in evidence.samples.charts[0].marks]
    assert evidence.samples.series("memory").expected == 32


def test_shell(evidence, tmp_path):
    byhand.compare(byhand.run_shell(evidence, tmp_path), evidence, at_least=4)


def test_c(evidence, tmp_path):
    byhand.compare(byhand.run_c(evidence, tmp_path), evidence, at_least=4)


@pytest.mark.pure
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"limit": "1G B"}, "limit='1G B': give bytes"),
        ({"limit": 4096}, "limit=4096: give 8 MiB to 512 MiB"),
        ({"limit": "1G"}, "limit='1G': give 8 MiB to"),
        ({"limit": 3e7}, "limit=30000000.0: give bytes"),
        ({"limit": True}, "limit=True: give bytes"),
        ({"limit": None}, "limit=None: give bytes"),
        ({"price": 0}, "price=0: give a number from 0.0001"),
        ({"price": -1}, "price=-1: give a number"),
        ({"price": "1 €"}, "price='1 €': give a number"),
        ({"only": "no"}, "only='no': choose one of limit"),
        ({"only": []}, "only=.*name at least one of limit"),
    ],
)
def test_bad_values_are_named(options, message):
    with pytest.raises((TypeError, ValueError), match=message):
        here(memory.demo, **options)
