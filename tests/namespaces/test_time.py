import pytest

from nslab.experiment.expect import NOT_ASKED
from nslab.namespaces import time
from tests import byhand


@pytest.fixture(scope="module")
def evidence():
    return time.demo()


def test_it_holds_and_the_control_does_not(evidence):
    assert evidence.holds, evidence.failures


def test_the_difference_is_the_offset(evidence):
    row = evidence.row("uptime-difference")
    assert row.values == (0, 86400, 0)
    assert evidence.control_row(row.key).values == (0, 0, 0)


def test_the_time_of_day_is_not_namespaced(evidence):
    row = evidence.row("realtime")
    assert row.host_before <= row.inside <= row.host_after


def test_offsets_only_before_the_first_process(evidence):
    assert evidence.row("early").inside == evidence.control_row("early").inside == "ok"
    assert (evidence.row("late").inside, evidence.row("late-offset").inside) == ("EACCES", time.EARLY)
    assert (evidence.control_row("late").inside, evidence.control_row("late-offset").inside) == ("ok", time.LATE)


def test_late_is_one_function_with_and_without_a_process_inside(evidence):
    entered, nobody = (next(r for r in rows if r.part == "late") for rows in
                       (evidence.inodes, evidence.control_inodes))  # fmt: skip
    # Not compared with another part's: the number of a namespace that has gone is given again.
    assert entered.inside not in (NOT_ASKED, entered.host_before)
    assert nobody.inside == NOT_ASKED
    wrote = [str(call) for call in evidence.syscalls if "timens_offsets" in str(call) and "boottime 20" in str(call)]
    assert sum("EACCES" in call for call in wrote) == 1


def test_unshare_affects_children_only(evidence):
    own = evidence.row("own")
    children = evidence.row("children")
    assert own.inside == own.host_before != children.inside
    assert next(row.inside for row in evidence.inodes if row.part == "children") == children.inside


def test_options_reach_the_kernel():
    assert time.demo(boottime=1234, only="difference").rows[0].inside == 1234


def test_shell(evidence, tmp_path):
    byhand.compare(byhand.run_shell(evidence, tmp_path), evidence, at_least=3)


def test_c(evidence, tmp_path):
    byhand.compare(byhand.run_c(evidence, tmp_path), evidence, at_least=7)


@pytest.mark.pure
@pytest.mark.parametrize("name", ["boottime", "monotonic"])
@pytest.mark.parametrize("bad", [0, -5, 10**10, "1h", 1.5, None])
def test_bad_offsets_are_named(name, bad):
    with pytest.raises((ValueError, TypeError), match=f"{name}="):
        time.demo(**{name: bad})
