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
    for key in ("uid", "owner"):
        row = evidence.row(key)
        assert row.inside == 0
        assert row.host_before == row.host_after == (os.geteuid() or user.ORDINARY)


def test_every_capability(evidence):
    row = evidence.row("capabilities")
    assert (row.host_before, row.inside, row.host_after) == (0, caps.all_there_are(), 0)
    assert evidence.control_row(row.key).inside == 0


@pytest.mark.parametrize("what", ["hostname", "mounts"])
def test_over_its_own_and_not_over_the_hosts(evidence, what):
    assert evidence.row(what).inside == "EPERM"
    assert evidence.row(f"own-{what}").inside == "ok"
    assert evidence.control_row(f"own-{what}").inside == "EPERM"


def test_the_same_calls_can_be_answered_otherwise(evidence):
    answers = {key: evidence.row(key).inside for key in ("clock", "monotonic", "devices", "fifo")}
    assert answers == {"clock": "EPERM", "monotonic": "EINVAL", "devices": "EPERM", "fifo": "ok"}


def test_groups_have_to_be_denied_first(evidence):
    assert (evidence.row("gid-map-early").inside, evidence.row("gid-map-late").inside) == ("EPERM", "ok")
    assert evidence.control_row("gid-map-late").inside == "EPERM"
    assert evidence.row("groups").inside == "EPERM"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can map another's groups and leave setgroups allowed")
def test_groups_where_root_allows_them(evidence):
    assert evidence.row("groups-allowed").inside == "ok"
    assert evidence.control_row("groups-allowed").inside == "EPERM"


def test_the_record_has_what_was_tried(evidence):
    calls = {call.name for call in evidence.syscalls}
    assert calls >= {"unshare", "setns", "sethostname", "mount", "clock_settime", "mknod", "setgroups", "write"}
    refused = [call for call in evidence.syscalls if call.name == "setns" and call.errno == "EPERM"]
    assert len(refused) == 2
    assert os.geteuid() or "setresuid" in calls


def test_each_namespace_is_told_by_its_inode(evidence):
    for line in evidence.inodes:
        assert line.host_before == line.host_after != line.inside
    assert [line.part for line in evidence.inodes] == [part.name for part in user.PARTS]


def test_execve(evidence):
    assert evidence.row("root-after").inside == caps.all_there_are()
    assert evidence.row("other-before").inside == caps.all_there_are()
    assert evidence.row("other-after").inside == 0


def test_who_may_join_whom(evidence):
    answers = {r.key: r.inside for r in evidence.rows if r.part == "setns"}
    joined = answers.pop("joined")
    assert answers == {"child": "ok", "parent": "EPERM", "sibling": "EPERM", "self": "EINVAL"}
    # Who has joined a namespace that its own user owns has every capability in it.
    assert (joined, evidence.control_row("joined").inside) == (caps.all_there_are(), 0)


def test_nesting(evidence):
    levels = evidence.row("levels")
    assert levels.inside in (32, 33)
    assert levels.host_before == levels.host_after == 0 == evidence.control_row("levels").inside
    assert evidence.row("one-more").inside == "ENOSPC"
    assert evidence.control_row("one-more").inside == "ok"


def test_options_reach_the_kernel():
    row = user.demo(inside=77, only="exec").row("other-after")
    assert row.inside == 0
    assert "uid 77" in row.label


def test_shell(evidence, tmp_path):
    byhand.compare(byhand.run_shell(evidence, tmp_path), evidence, at_least=14)


def test_c(evidence, tmp_path):
    byhand.compare(byhand.run_c(evidence, tmp_path), evidence, at_least=14)


@pytest.mark.pure
@pytest.mark.parametrize("bad", [0, -1, 65534, "1000", None, 1.5])
def test_bad_ids_are_named(bad):
    with pytest.raises((ValueError, TypeError), match="inside="):
        user.demo(inside=bad)
