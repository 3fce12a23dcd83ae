import os

import pytest

from nslab.linux import arch
from nslab.security import seccomp
from tests import byhand


@pytest.fixture(scope="module")
def evidence():
    return seccomp.demo()


def test_it_holds_and_the_control_does_not(evidence):
    assert evidence.holds, evidence.failures
    assert {r.part for r in evidence.rows} == {p.name for p in seccomp.PARTS}, evidence.notes


def test_it_is_inherited_and_holds_for_nobody_else(evidence):
    for key in ("errno", "child"):
        assert evidence.row(key).values == ("ok", "EPERM", "ok")
        assert evidence.control_row(key).inside == "ok"
    assert evidence.row("exec").values == (0, 1, 0)


def test_the_strictest_counts_in_either_order(evidence):
    assert [evidence.row(key).inside for key in ("strict-first", "strict-last", "log")] == ["EPERM", "EPERM", "ok"]


def test_it_can_end_a_process_and_have_a_supervisor_answer(evidence):
    assert (evidence.row("killed").inside, evidence.control_row("killed").inside) == ("SIGSYS", "no signal")
    assert evidence.row("notified").inside == seccomp.INVENTED != evidence.control_row("notified").inside
    assert evidence.row("number").inside == arch.number("getppid")


def test_enosys_is_understood_and_eperm_is_not(evidence):
    assert (evidence.row("thread").inside, evidence.control_row("thread").inside) == ("ok", "refused")


def test_without_privilege_it_takes_a_promise(evidence):
    assert (evidence.row("installed").inside, evidence.control_row("installed").inside) == ("ok", "EACCES")


def test_this_process_has_no_filter_from_it(evidence):
    assert os.uname().sysname == "Linux"


@pytest.mark.parametrize("says", seccomp.ANSWERS)
def test_options_reach_the_kernel(says):
    assert seccomp.demo(says=says, only="errno").row("errno").inside == says


def test_shell(evidence, tmp_path):
    byhand.compare(byhand.run_shell(evidence, tmp_path), evidence, at_least=5)


def test_c(evidence, tmp_path):
    byhand.compare(byhand.run_c(evidence, tmp_path), evidence, at_least=8)


@pytest.mark.pure
@pytest.mark.parametrize("bad", ["EWHAT", "", None, 1])
def test_bad_answers_are_named(bad):
    with pytest.raises((ValueError, TypeError), match="says="):
        seccomp.demo(says=bad)
