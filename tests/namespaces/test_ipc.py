import inspect
import os

import pytest

from nslab.linux import files
from nslab.namespaces import ipc
from tests import byhand


@pytest.fixture(scope="module")
def evidence():
    return ipc.demo()


def test_it_holds_and_the_control_does_not(evidence):
    assert evidence.holds, evidence.failures


@pytest.mark.parametrize("kind", ["queue", "semaphore", "memory", "posix"])
def test_each_kind_both_ways(evidence, kind):
    assert evidence.row(f"{kind}-outside").inside == "ENOENT"
    assert evidence.control_row(f"{kind}-outside").inside == "found"
    assert evidence.row(f"{kind}-inside").host_after == "ENOENT"
    assert evidence.control_row(f"{kind}-inside").host_after == "found"


def test_limits_are_namespaced(evidence):
    row = evidence.row("msgmni")
    assert row.inside == ipc.LOWERED
    assert row.host_after == row.host_before == int(files.read(ipc.LIMIT))
    assert evidence.control_row("msgmni").host_after == row.inside


def test_signals_are_not(evidence):
    assert evidence.row("signal").host_after == evidence.control_row("signal").host_after == "arrived"


def test_the_signal_came_from_inside(evidence):
    assert evidence.row("sender").host_after == evidence.row("sender").inside > 0
    there, sender, still_there = next(row for row in evidence.inodes if row.part == "signals").values
    assert there == still_there != sender


def test_nothing_is_left_on_the_host(evidence):
    key = inspect.signature(ipc.demo).parameters["key"].default
    assert [ipc.look(key)[i] for i in range(4)] == ["ENOENT"] * 4


def test_the_key_reaches_the_kernel():
    calls = [str(c) for c in ipc.demo(key=4711, only="outside").syscalls]
    assert any(c.startswith("msgget(0x1267, IPC_CREAT") for c in calls)


def test_shell(evidence, tmp_path):
    byhand.compare(byhand.run_shell(evidence, tmp_path), evidence, at_least=8)


def test_c(evidence, tmp_path):
    byhand.compare(byhand.run_c(evidence, tmp_path), evidence, at_least=8)


@pytest.mark.pure
@pytest.mark.parametrize("bad", [0, -1, 2**31, "1", None, 1.5, True])
def test_bad_key_is_named(bad):
    with pytest.raises((ValueError, TypeError), match="key="):
        ipc.demo(key=bad)


@pytest.mark.pure
def test_bad_part_is_named():
    with pytest.raises(ValueError, match="choose one of outside, inside, limits, signals"):
        ipc.demo(only="semaphores")


@pytest.mark.measured
def test_it_is_quick():
    assert ipc.demo().seconds < (3 if os.environ.get("CI") else 1)
