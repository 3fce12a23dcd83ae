import os
from functools import cache

import pytest

from nslab.cgroups import rules
from tests import byhand
from tests.cgroups.conftest import here


@pytest.fixture(scope="module")
def evidence():
    return here(rules.demo)


@cache
def alone(n):
    """The demo of one rule, which several tests look at."""
    return here(rules.demo, n)


def test_they_hold_and_their_controls_do_not(evidence):
    assert evidence.holds, evidence.failures
    wanted = {part.name for part in rules.PARTS}
    if os.geteuid() != 0:
        wanted -= {"rule1", "rule2", "rule3"}
        assert any("asks for root" in note for note in evidence.notes)
    missing = wanted - {row.part for row in evidence.rows}
    assert all(any(note.startswith(part) for note in evidence.notes) for part in missing)


@pytest.mark.long
@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_one_rule(n):
    evidence = alone(n)
    assert evidence.holds, evidence.failures
    assert {row.part for row in evidence.rows} == {f"rule{n}"}


@pytest.mark.long
def test_the_kernel_says_ebusy():
    evidence = alone(2)
    assert evidence.row("refused").measured == "EBUSY"
    assert evidence.control_row("refused").measured == "ok"
    assert any(call.name == "mount" and call.errno == "EBUSY" for call in evidence.syscalls)


@pytest.mark.long
def test_a_hierarchy_may_have_no_subsystem():
    evidence = alone(1)
    assert evidence.row("named").measured == "none"
    assert evidence.control_row("named").measured in evidence.control_row("named").asked


@pytest.mark.long
def test_a_task_has_one_limit_in_each_hierarchy():
    evidence = alone(3)
    if not any("v1 does not have both" in note for note in evidence.notes):
        assert evidence.row("limits").measured == "10240 MiB, 20 %"
        assert evidence.control_row("limits").measured == "none"


@pytest.mark.long
def test_there_is_a_second_mount():
    evidence = alone(2)
    assert (evidence.row("mounts").measured, evidence.control_row("mounts").measured) == ("2 and 1", "2 and 2")


@pytest.mark.long
def test_the_fork_that_rule_4_is_about_is_on_record():
    evidence = alone(4)
    assert any(call.name == "clone" and not call.errno for call in evidence.syscalls), evidence.syscalls


@pytest.mark.pure
@pytest.mark.parametrize("n", [0, 5, True, "2"])
def test_a_rule_that_there_is_not(n):
    with pytest.raises(ValueError, match=f"n={n!r}: give the number of a rule, 1 to 4"):
        rules.demo(n)


@pytest.mark.pure
def test_n_or_only():
    with pytest.raises(ValueError, match="give n or only, not both"):
        rules.demo(1, only="rule1")


@pytest.mark.skipif(os.geteuid() != 0, reason="mounts ask for root")
def test_shell(evidence, tmp_path):
    byhand.compare(byhand.run_shell(evidence, tmp_path), evidence, at_least=5)


@pytest.mark.skipif(os.geteuid() != 0, reason="mounts ask for root")
def test_c(evidence, tmp_path):
    byhand.compare(byhand.run_c(evidence, tmp_path), evidence, at_least=3)
