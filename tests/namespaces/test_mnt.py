import pytest

from nslab.experiment.expect import NOT_ASKED
from nslab.linux import files
from nslab.namespaces import mnt
from tests import byhand


@pytest.fixture(scope="module")
def evidence():
    return mnt.demo()


def test_it_holds_and_the_control_does_not(evidence):
    assert evidence.holds, evidence.failures
    assert {r.part for r in evidence.rows} == {p.name for p in mnt.PARTS}, evidence.notes


def test_a_tmpfs_is_seen_inside_only(evidence):
    assert evidence.row("tmpfs-file").values == ("absent", "there", "absent")
    assert evidence.control_row("tmpfs-file").host_after == "there"


@pytest.mark.parametrize(
    ("kind", "inwards", "outwards"),
    [
        ("private", "not seen", "not seen"),
        ("shared", "seen", "seen"),
        ("slave", "seen", "not seen"),
        ("unbindable", "not seen", "not seen"),
    ],
)
def test_propagation_in_both_directions(evidence, kind, inwards, outwards):
    assert evidence.row(f"{kind}-in").values == ("not seen", inwards, "seen")
    assert evidence.row(f"{kind}-out").values == ("not seen", "seen", outwards)
    assert evidence.control_row(f"{kind}-in").inside == "seen"
    assert evidence.control_row(f"{kind}-out").host_after == "seen"


@pytest.mark.parametrize("kind", ["private", "shared", "slave", "unbindable"])
def test_each_side_has_a_mount_of_its_own(evidence, kind):
    row, control = evidence.row(f"{kind}-id"), evidence.control_row(f"{kind}-id")
    assert row.inside != row.host_before == row.host_after
    assert control.inside == control.host_before == control.host_after


def test_peer_groups(evidence):
    assert evidence.row("shared-type").values == ("shared", "shared", "shared")
    assert evidence.row("slave-type").values == ("shared", "slave", "shared")
    for key in ("shared-peers", "slave-peers"):
        assert len(set(evidence.row(key).values)) == 1
        assert evidence.row(key).inside > 0


def test_unbindable_is_not_bound(evidence):
    assert evidence.row("unbindable-bind").values == ("ok", NOT_ASKED, "EINVAL")


@pytest.mark.parametrize("part", mnt.PARTS, ids=lambda part: part.name)
def test_each_part_shows_the_namespace_that_acted(evidence, part):
    (row,) = [line for line in evidence.inodes if line.part == part.name]
    (control,) = [line for line in evidence.control_inodes if line.part == part.name]
    assert row.inside != row.host_before == row.host_after
    assert control.inside == control.host_before == control.host_after


def test_copy_up(evidence):
    assert evidence.row("overlay-merged").values == ("absent", "old+new", "absent")
    assert evidence.row("overlay-upper").values == ("absent", "old+new", "old+new")
    assert evidence.row("overlay-lower").values == ("old", "old", "old")


def test_chroot_is_no_jail_and_pivot_root_is(evidence):
    assert evidence.row("chroot-escape").inside == ("jail", "jail/deeper", "host")
    assert evidence.row("pivot-escape").inside == ("jail", "jail/deeper", "jail")
    assert evidence.row("pivot-root").values == ("host", "jail", "host")
    assert evidence.control_row("pivot-root").values == ("host", "jail", "jail")


def test_every_chroot_is_recorded(evidence):
    wanted = [c for c in evidence.syscalls if c.name == "chroot"]
    # The jail and two of the escape by chroot, two of the escape out of pivot_root; with the control twice.
    assert len(wanted) == 10


def test_nothing_is_mounted_on_the_host():
    before = files.read("/proc/self/mountinfo")
    mnt.demo()
    assert files.read("/proc/self/mountinfo") == before


def test_options_reach_the_kernel():
    assert mnt.demo(size=5, only="tmpfs").row("tmpfs-size").inside == 5


def test_shell(evidence, tmp_path):
    byhand.compare(byhand.run_shell(evidence, tmp_path), evidence, at_least=15)


def test_c(evidence, tmp_path):
    byhand.compare(byhand.run_c(evidence, tmp_path), evidence, at_least=7)


@pytest.mark.pure
@pytest.mark.parametrize("bad", [0, 65, "1", None, 1.5])
def test_bad_sizes_are_named(bad):
    with pytest.raises((ValueError, TypeError), match="size="):
        mnt.demo(size=bad)
