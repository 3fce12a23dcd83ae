import shutil
import subprocess
import sys

import pytest

from nslab.linux import process
from nslab.namespaces import pid
from nslab.namespaces.pid import experiment
from tests import byhand


@pytest.fixture(scope="module")
def evidence():
    return pid.demo()


def test_it_holds_and_the_control_does_not(evidence):
    assert evidence.holds, evidence.failures


def test_one_process_two_ids(evidence):
    row = evidence.row("getpid")
    assert row.inside == 1 < row.host_before
    assert evidence.control_row(row.key).inside > 1
    assert evidence.row("getppid").inside == 0


def test_the_hosts_view_is_proc_pid_status(monkeypatch):
    seen = []
    told = experiment.told

    def looking(child):
        said = told(child)
        seen.append((child.pid, int(process.status(child.pid)["PPid"])))
        return said

    monkeypatch.setattr(experiment, "told", looking)
    evidence = pid.demo(only="init")
    for key, number in zip(("getpid", "getppid"), seen[0], strict=True):
        row = evidence.row(key)
        assert (row.host_before, row.host_after) == (number, number)


def test_the_controls_host_is_the_stand_in(evidence):
    # There few processes are, and their parent is the init that serves them.
    assert evidence.control_row("getppid").values == (1, 1, 1)
    ids = evidence.control_row("getpid").values
    assert len(set(ids)) == 1
    assert 1 < ids[0] < 50


@pytest.mark.parametrize("key", ["new-proc", "new-proc-self"])
def test_proc_was_read_outside_too(evidence, key):
    row = evidence.row(key)
    assert row.host_before > 1 < row.host_after


def test_each_namespace_is_told_by_its_inode(evidence):
    for line in evidence.inodes:
        assert line.host_before == line.host_after != line.inside
    assert {line.part for line in evidence.inodes} == {part.name for part in pid.PARTS}


def test_the_record_has_every_clone_and_signal(evidence):
    calls = [call for call in evidence.syscalls if call.name in ("clone3", "clone")]
    assert any(call.errno == "ENOSPC" for call in calls)
    assert len(calls) > 60
    assert {call.name for call in evidence.syscalls} >= {"kill", "pidfd_send_signal", "unshare"}


@pytest.mark.skipif(not shutil.which("strace"), reason="strace(1) is not installed")
def test_signals_are_the_same_for_a_traced_process(tmp_path):
    code = (
        "from nslab.namespaces import pid\n"
        "evidence = pid.demo(only='signals')\n"
        "print(evidence.failures)\n"
        "raise SystemExit(not evidence.holds)\n"
    )
    strace = ["strace", "-f", "-o", str(tmp_path / "trace")]
    done = subprocess.run([*strace, sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


def test_proc_belongs_to_whoever_mounted_it(evidence):
    old = evidence.row("old-proc")
    assert old.host_before == old.inside == old.host_after > 0
    assert evidence.row("new-proc").inside == 1
    assert evidence.control_row("new-proc").inside > 1


def test_orphans_and_zombies(evidence):
    assert evidence.row("parent").inside == "the process we cloned"
    assert evidence.control_row("parent").inside == "another process"
    key = "ended"
    assert (evidence.row(key).inside, evidence.control_row(key).inside) == ("zombie", "gone")


@pytest.mark.parametrize("sig", ["SIGTERM", "SIGKILL"])
def test_init_ignores_its_own_namespace(evidence, sig):
    key = f"{sig.lower()}-inside"
    assert (evidence.row(key).inside, evidence.control_row(key).inside) == ("ignored", "killed")


def test_init_obeys_only_sigkill_of_the_parent_namespace(evidence):
    key = "sigterm-outside"
    assert (evidence.row(key).inside, evidence.control_row(key).inside) == ("ignored", "killed")
    assert evidence.row("sigkill-outside").inside == "killed"


def test_all_die_with_init(evidence):
    key = "killing"
    assert (evidence.row(key).inside, evidence.control_row(key).inside) == (0, 3)


def test_strangers_have_no_number(evidence):
    key = "strangers"
    assert (evidence.row(key).inside, evidence.control_row(key).inside) == ("ESRCH", "ok")


def test_unshare_moves_the_children(evidence):
    assert evidence.row("first").inside == 1
    own = evidence.row("caller")
    assert own.inside == own.host_before


def test_the_limit_is_the_kernels(evidence):
    assert evidence.row("deepest").inside == 32
    assert evidence.row("one-more").inside == "ENOSPC"
    assert evidence.control_row("one-more").inside == "ok"


@pytest.mark.parametrize("levels", [1, 5])
def test_levels_reach_the_kernel(levels):
    row = pid.demo(levels=levels, only="levels").row("levels")
    assert row.inside == len(process.nspid("self")) + levels


def test_shell(evidence, tmp_path):
    byhand.compare(byhand.run_shell(evidence, tmp_path), evidence, at_least=10)


def test_c(evidence, tmp_path):
    byhand.compare(byhand.run_c(evidence, tmp_path), evidence, at_least=10)


@pytest.mark.pure
@pytest.mark.parametrize("bad", [0, 21, "3", 2.5, None, True])
def test_bad_levels_are_named(bad):
    with pytest.raises((ValueError, TypeError), match="levels="):
        pid.demo(levels=bad)
