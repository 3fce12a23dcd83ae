import pytest

from nslab.namespaces import time
from tests import byhand


@pytest.fixture(scope="module")
def evidence():
    return time.demo()


def test_it_holds_and_the_control_does_not(evidence):
    assert evidence.holds, evidence.failures


def test_the_difference_is_the_offset(evidence):
    row = evidence.row("uptime minus the host's, in s")
    assert (row.inside, row.host_after) == (86400, 0)
    assert evidence.control_row(row.name).inside == 0


def test_the_time_of_day_is_not_namespaced(evidence):
    row = evidence.row("CLOCK_REALTIME in s")
    assert row.host_before <= row.inside <= row.host_after


def test_offsets_only_before_the_first_process(evidence):
    name = "writing offsets once a process is inside (in the control: before)"
    assert evidence.row(name).inside == "EACCES"
    assert evidence.control_row(name).inside == "ok"


def test_unshare_affects_children_only(evidence):
    own = evidence.row("unshare(): the caller's own namespace")
    children = evidence.row("unshare(): its children's (time_for_children)")
    assert own.inside == own.host_before != children.inside


def test_options_reach_the_kernel():
    assert time.demo(boottime=1234, only="difference").rows[0].inside == 1234


def test_shell(evidence, tmp_path):
    byhand.compare(byhand.run_shell(evidence, tmp_path), evidence, at_least=3)


def test_c(evidence, tmp_path):
    byhand.compare(byhand.run_c(evidence, tmp_path), evidence, at_least=7)


@pytest.mark.parametrize("name", ["boottime", "monotonic"])
@pytest.mark.parametrize("bad", [0, -5, 10**10, "1h", 1.5, None])
def test_bad_offsets_are_named(name, bad):
    with pytest.raises((ValueError, TypeError), match=f"{name}="):
        time.demo(**{name: bad})
