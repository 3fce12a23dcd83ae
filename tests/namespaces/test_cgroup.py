import pytest

from nslab.linux import cgroupfs
from nslab.namespaces import cgroup
from tests import byhand
from tests.cgroups.conftest import ours


@pytest.fixture(scope="module")
def evidence():
    return cgroup.demo()


def test_it_holds_and_the_control_does_not(evidence):
    assert evidence.holds, evidence.failures


def test_ones_own_cgroup_is_the_root(evidence):
    row = evidence.row("own")
    assert row.inside == "/" != row.host_before == row.host_after
    assert evidence.control_row("own").inside == row.host_before


def test_what_is_above_leads_out(evidence):
    row = evidence.row("above")
    assert row.inside.startswith("/..")
    assert row.host_before == cgroupfs.paths(1)[min(h for h, p in cgroupfs.paths().items() if p != "/")]


def test_a_mount_begins_at_ones_own(evidence):
    assert evidence.row("mount").values == (cgroup.WHOLE, cgroup.OWN, cgroup.WHOLE)
    assert evidence.control_row("mount").inside in (cgroup.WHOLE, "EPERM")


def test_it_makes_no_cgroup(evidence):
    calls = [call for call in (*evidence.syscalls, *evidence.plumbing) if call.name == "mkdir"]
    assert calls == []
    assert ours() == []


def test_shell(evidence, tmp_path):
    byhand.compare(byhand.run_shell(evidence, tmp_path), evidence, at_least=4)


def test_c(evidence, tmp_path):
    byhand.compare(byhand.run_c(evidence, tmp_path), evidence, at_least=3)


def test_an_unknown_hierarchy_is_named():
    with pytest.raises(ValueError, match="hierarchy='no-such': choose one of"):
        cgroup.demo(hierarchy="no-such")


def test_at_the_root_it_says_what_to_do():
    at_root = next((h for h, path in cgroupfs.paths().items() if path == "/"), None)
    if at_root is None:
        pytest.skip("this process is in a cgroup of its own in every hierarchy; as root it is not")
    with pytest.raises(cgroup.Unsupported, match="systemd-run --scope"):
        cgroup.demo(hierarchy=at_root)
