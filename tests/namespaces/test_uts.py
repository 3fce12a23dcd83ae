import os

import pytest

import nslab
from nslab.namespaces import uts
from tests import byhand


@pytest.fixture(scope="module")
def evidence():
    return uts.demo()


def test_it_holds_and_the_control_does_not(evidence):
    assert evidence.holds, evidence.failures
    assert evidence.row("hostname").inside == "web-1"
    assert evidence.control_row("hostname").host_after == "web-1"
    assert evidence.control_row("hostname").host_before == "stand-in"


def test_the_host_keeps_its_name(evidence):
    name = os.uname().nodename
    assert evidence.row("hostname").host_before == evidence.row("hostname").host_after == name


def test_the_kernel_refuses_without_privilege(evidence):
    assert evidence.row("unprivileged").inside == "EPERM"
    assert (evidence.row("sys-admin").inside, evidence.control_row("sys-admin").inside) == (False, True)
    assert evidence.control_row("unprivileged").inside == "ok"
    assert evidence.row("hostname-kept").host_before == evidence.row("hostname-kept").host_after
    assert evidence.control_row("hostname-kept").host_after == "web-1"


def test_two_sandboxes_and_the_host_keep_their_names(evidence):
    assert evidence.row("hostname-first").values == ("first", "second", "first")
    assert evidence.row("hostname-host").host_after == os.uname().nodename
    for key in ("hostname-first", "hostname-host"):
        assert evidence.control_row(key).host_after == "second"


def test_options_reach_the_kernel():
    assert uts.demo(hostname="db-7", only="rename").row("hostname").inside == "db-7"


def test_shell(evidence, tmp_path):
    byhand.compare(byhand.run_shell(evidence, tmp_path), evidence, at_least=3)


def test_c(evidence, tmp_path):
    byhand.compare(byhand.run_c(evidence, tmp_path), evidence, at_least=3)


@pytest.mark.pure
@pytest.mark.parametrize("bad", ["", "x" * 65, "a b", "a\nb", "ü", "$(id)"])
def test_bad_hostname_is_named(bad):
    with pytest.raises(ValueError, match="hostname="):
        uts.demo(hostname=bad)


@pytest.mark.pure
def test_bad_part_is_named():
    with pytest.raises(ValueError, match="choose one of rename, second, unprivileged"):
        uts.demo(only="nothing")


@pytest.mark.parametrize("name", [os.uname().nodename, "stand-in"])
def test_a_name_that_is_there_already_shows_nothing(name):
    with pytest.raises(ValueError, match="is the name before as well: give another"):
        uts.demo(hostname=name)


def test_a_machine_that_has_the_usual_name_sees_another():
    with nslab.Sandbox(uts=True, hostname="web-1", domainname="lab.example") as box:
        row = box.call(lambda: uts.demo(only="rename").row("hostname"))
    assert (row.host_before, row.inside) == ("web-1", "other-web-1")
