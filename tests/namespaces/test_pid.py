import pytest

from nslab.linux import process
from nslab.namespaces import pid
from tests import byhand


@pytest.fixture(scope="module")
def evidence():
    return pid.demo()


def test_it_holds_and_the_control_does_not(evidence):
    assert evidence.holds, evidence.failures


def test_one_process_two_ids(evidence):
    row = evidence.row("getpid() of the first process")
    assert row.inside == 1 < row.host_before
    assert evidence.control_row(row.name).inside > 1
    assert evidence.row("getppid() of the first process").inside == 0


def test_proc_belongs_to_whoever_mounted_it(evidence):
    assert evidence.row("processes in the old /proc").inside > 2
    assert evidence.row("processes in a new /proc").inside == 1
    assert evidence.control_row("processes in a new /proc").inside > 1


def test_orphans_and_zombies(evidence):
    assert evidence.row("an orphan's new parent").inside == "the process we cloned"
    assert evidence.control_row("an orphan's new parent").inside == "another process"
    name = "an orphan that ended and that nobody waits for"
    assert (evidence.row(name).inside, evidence.control_row(name).inside) == ("zombie", "gone")


@pytest.mark.parametrize("sig", ["SIGTERM", "SIGKILL"])
def test_init_ignores_its_own_namespace(evidence, sig):
    name = f"{sig} to init from inside"
    assert (evidence.row(name).inside, evidence.control_row(name).inside) == ("ignored", "killed")


def test_init_obeys_only_sigkill_of_the_parent_namespace(evidence):
    name = "SIGTERM to init from the parent namespace"
    assert (evidence.row(name).inside, evidence.control_row(name).inside) == ("ignored", "killed")
    assert evidence.row("SIGKILL to init from the parent namespace").inside == "killed"


def test_all_die_with_init(evidence):
    name = "processes left of 3 when their init is killed"
    assert (evidence.row(name).inside, evidence.control_row(name).inside) == (0, 3)


def test_strangers_have_no_number(evidence):
    name = "kill(pid of a process outside, 0)"
    assert (evidence.row(name).inside, evidence.control_row(name).inside) == ("ESRCH", "ok")


def test_unshare_moves_the_children(evidence):
    assert evidence.row("unshare(): getpid() of its first child").inside == 1
    own = evidence.row("unshare(): the caller's own namespace")
    assert own.inside == own.host_before


def test_the_limit_is_the_kernels(evidence):
    assert evidence.row("deepest level that could be made").inside == 32
    assert evidence.row("the kernel's answer to one more").inside == "ENOSPC"
    assert evidence.control_row("the kernel's answer to one more").inside == "ok"


@pytest.mark.parametrize("levels", [1, 5])
def test_levels_reach_the_kernel(levels):
    row = pid.demo(levels=levels, only="levels").rows[0]
    assert row.inside == len(process.nspid("self")) + levels


def test_shell(evidence, tmp_path):
    byhand.compare(byhand.run_shell(evidence, tmp_path), evidence, at_least=10)


def test_c(evidence, tmp_path):
    byhand.compare(byhand.run_c(evidence, tmp_path), evidence, at_least=10)


@pytest.mark.parametrize("bad", [0, 21, "3", 2.5, None, True])
def test_bad_levels_are_named(bad):
    with pytest.raises((ValueError, TypeError), match="levels="):
        pid.demo(levels=bad)
