import pytest

from nslab.cgroups import cpuacct
from nslab.lab.power.cpus import usable_cpus
from tests import byhand
from tests.cgroups.conftest import COMPLETE, UML, here


@pytest.fixture(scope="module")
def evidence():
    return here(cpuacct.demo)


def test_it_holds_and_the_control_does_not(evidence):
    assert evidence.holds, evidence.failures


@pytest.mark.skipif(UML, reason="user-mode Linux counts its own time as the user's")
def test_user_and_system_time_are_told_apart(evidence):
    computes, copies = (evidence.row(f"user-{name}").measured for name in ("computes", "copies"))
    assert computes > copies
    assert evidence.row("system-copies").measured > 0.2
    assert evidence.row("system-computes").measured < 0.2


def test_the_account_of_a_group_has_nothing_of_a_load_outside(evidence):
    for name in cpuacct.WORK:
        assert evidence.control_row(f"all-{name}").measured == 0
    assert evidence.control_row("pays-alice").measured == 0


@pytest.mark.measured
def test_the_bill_is_seconds_times_the_price():
    evidence = here(cpuacct.demo, customers={"carol": 0.2}, price=10, only="bill")
    assert evidence.holds, evidence.failures
    assert 1.9 <= evidence.row("pays-carol").measured < 3


def test_chart(evidence):
    assert len(evidence.plot("bill").axes) == 2
    bill = evidence.samples.series("alice")
    values = [value for _, value in bill.points]
    assert len(values) > 20
    assert values == sorted(values)
    assert values[-1] == pytest.approx(bill.expected, abs=0.25)


def test_v1_tells_the_cpu(evidence):
    if COMPLETE:
        assert any(row.part == "v1" for row in evidence.rows)
    elif not any(row.part == "v1" for row in evidence.rows):
        assert "v1: the subsystem cpuacct in version 1 is not available" in " ".join(evidence.notes)


@pytest.mark.skipif(not COMPLETE or len(usable_cpus()) < 2, reason="v1, and a second CPU that has something to count")
def test_v1_counts_what_ran_on_the_other_cpus(evidence):
    assert evidence.row("percpu-others").measured == pytest.approx(cpuacct.ELSEWHERE, abs=0.1)
    assert evidence.control_row("percpu-others").measured == 0


@pytest.mark.measured
def test_shell(evidence, tmp_path):
    assert len(byhand.compare(byhand.run_shell(evidence, tmp_path), evidence, at_least=6)) == 6


@pytest.mark.measured
def test_c(evidence, tmp_path):
    assert len(byhand.compare(byhand.run_c(evidence, tmp_path), evidence, at_least=6)) == 6


@pytest.mark.pure
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"customers": {}}, r"customers={}: give 1 to 10 groups"),
        ({"customers": ["alice"]}, r"customers=\['alice'\]: give 1 to 10 groups"),
        ({"customers": {"alice": 0}}, "seconds of alice=0: give a number from 0.1 to 10 s"),
        ({"customers": {"alice": "1"}}, "seconds of alice='1': give a number"),
        ({"customers": {"a": 10, "b": 10, "c": 1}}, "together at most 20 s"),
        ({"customers": {"": 1}}, "customers='': give 1 to 32 letters"),
        ({"price": 0}, "price=0: give a number from 0.01 to 1000 cents"),
        ({"price": "free"}, "price='free': give a number"),
        ({"only": "no"}, "only='no': choose one of account, bill, v1"),
    ],
)
def test_bad_values_are_named(options, message):
    with pytest.raises((TypeError, ValueError), match=message):
        here(cpuacct.demo, **options)
