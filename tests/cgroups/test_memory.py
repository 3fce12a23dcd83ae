import os

import pytest

import nslab
from nslab.cgroups import memory
from nslab.cgroups.where import where
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
        said = [note for note in evidence.notes if note.startswith(f"{part.name}: ")]
        assert bool(said) != (part.name in measured_parts(evidence)), (part.name, evidence.notes)


def test_the_kill_comes_at_the_limit(evidence):
    row, without = evidence.row("most memory in use, MiB"), evidence.control_row("most memory in use, MiB")
    assert abs(row.measured - 32) <= 2
    assert without.measured >= 64
    assert [evidence.row("the process ended by").measured, evidence.control_row("the process ended by").measured] == [
        "SIGKILL", "exit 0",
    ]  # fmt: skip


def test_it_says_what_it_wrote(evidence):
    file = "memory.max" if version() == 2 else "memory.limit_in_bytes"
    assert any(w[1:] == (file, str(32 << 20)) for w in evidence.written)


def test_the_limit_reaches_the_kernel(evidence):
    smaller = memory.demo(limit="16M", only="limit")
    assert smaller.holds, smaller.failures
    assert smaller.row("most memory in use, MiB").measured == pytest.approx(16, abs=2)
    assert smaller.row("most memory in use, MiB").measured < evidence.row("most memory in use, MiB").measured


def test_the_bill_follows_the_price(evidence):
    dear = memory.demo(price=1, only="bill")
    assert dear.holds, dear.failures
    name = "ben, 30 days of it cost"
    assert dear.row(name).measured == pytest.approx(100 * evidence.row(name).measured, rel=0.05)


def test_a_cache_is_given_back(evidence):
    if "reclaim" not in measured_parts(evidence):
        assert not os.environ.get("CI"), "no directory on a disk: set TMPDIR to one"
        pytest.skip("no directory on a disk: set TMPDIR to one")
    name = "most memory in use while reading, MiB"
    assert evidence.row(name).measured <= 32 < evidence.control_row(name).measured
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
