import pytest

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
    name = f"a file in a tmpfs on {mnt.TOP}"
    assert [evidence.row(name).inside, evidence.row(name).host_after] == ["there", "absent"]
    assert evidence.control_row(name).host_after == "there"


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
    assert evidence.row(f"{kind}: a mount made on the host").inside == inwards
    assert evidence.row(f"{kind}: a mount made inside").host_after == outwards
    assert evidence.control_row(f"{kind}: a mount made on the host").inside == "seen"
    assert evidence.control_row(f"{kind}: a mount made inside").host_after == "seen"


def test_unbindable_is_not_bound(evidence):
    assert evidence.row("unbindable: a bind mount of it").inside == "EINVAL"


def test_copy_up(evidence):
    assert evidence.row("overlay: the merged file").inside == "new"
    assert evidence.row("overlay: the upper layer's file").host_before == "absent"
    assert evidence.row("overlay: the lower layer's file").host_after == "old"


def test_chroot_is_no_jail_and_pivot_root_is(evidence):
    assert evidence.row("chroot: the classic escape").inside == "escaped"
    assert evidence.row("pivot_root: the same escape").inside == "held"
    assert evidence.control_row("pivot_root: / as the host sees it").host_after == "the jail"


def test_nothing_is_mounted_on_the_host():
    before = files.read("/proc/self/mountinfo")
    mnt.demo()
    assert files.read("/proc/self/mountinfo") == before


def test_options_reach_the_kernel():
    assert mnt.demo(size=5, only="tmpfs").row(f"size of the filesystem at {mnt.TOP}, in MiB").inside == 5


def test_shell(evidence, tmp_path):
    byhand.compare(byhand.run_shell(evidence, tmp_path), evidence, at_least=15)


def test_c(evidence, tmp_path):
    byhand.compare(byhand.run_c(evidence, tmp_path), evidence, at_least=7)


@pytest.mark.parametrize("bad", [0, 65, "1", None, 1.5])
def test_bad_sizes_are_named(bad):
    with pytest.raises((ValueError, TypeError), match="size="):
        mnt.demo(size=bad)
