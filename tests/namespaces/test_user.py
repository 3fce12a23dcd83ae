import os

import pytest

from nslab.linux import caps
from nslab.namespaces import user
from tests import byhand


@pytest.fixture(scope="module")
def evidence():
    return user.demo()


def test_it_holds_and_the_control_does_not(evidence):
    assert evidence.holds, evidence.failures
    assert {r.part for r in evidence.rows} == {p.name for p in user.PARTS}, evidence.notes


def test_root_inside_nobody_outside(evidence):
    for name in ("uid of the process", "owner of a file that it makes"):
        row = evidence.row(name)
        assert row.inside == 0
        assert row.host_before == (os.geteuid() or user.ORDINARY)


def test_every_capability(evidence):
    row = evidence.row("capabilities in effect")
    assert (row.host_before, row.inside, row.host_after) == (0, caps.all_there_are(), 0)
    assert evidence.control_row(row.name).inside == 0


@pytest.mark.parametrize("what", ["hostname", "mounts"])
def test_over_its_own_and_not_over_the_hosts(evidence, what):
    assert evidence.row(f"{what} of the host").inside == "EPERM"
    assert evidence.row(f"{what} of its own").inside == "ok"
    assert evidence.control_row(f"{what} of its own").inside == "EPERM"


def test_execve(evidence):
    assert evidence.row("capabilities of uid 0 inside, after execve()").inside == caps.all_there_are()
    assert evidence.row("capabilities of uid 1000 inside, before execve()").inside == caps.all_there_are()
    assert evidence.row("capabilities of uid 1000 inside, after execve()").inside == 0


def test_who_may_join_whom(evidence):
    answers = {r.name: r.inside for r in evidence.rows if r.part == "setns"}
    assert list(answers.values()) == ["ok", "EPERM", "EPERM", "EINVAL"]


def test_nesting(evidence):
    assert evidence.row("user namespaces inside one another").inside in (32, 33)
    assert evidence.row("the kernel's answer to one more").inside == "ENOSPC"
    assert evidence.control_row("the kernel's answer to one more").inside == "ok"


def test_options_reach_the_kernel():
    assert user.demo(inside=77, only="exec").row("capabilities of uid 77 inside, after execve()").inside == 0


def test_shell(evidence, tmp_path):
    byhand.compare(byhand.run_shell(evidence, tmp_path), evidence, at_least=14)


def test_c(evidence, tmp_path):
    byhand.compare(byhand.run_c(evidence, tmp_path), evidence, at_least=14)


@pytest.mark.parametrize("bad", [0, -1, 65534, "1000", None, 1.5])
def test_bad_ids_are_named(bad):
    with pytest.raises((ValueError, TypeError), match="inside="):
        user.demo(inside=bad)
