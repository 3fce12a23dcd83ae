"""nslab.linux.mountinfo and idmap, on text and numbers: no kernel has to have such mounts."""

import pytest

from nslab.linux import idmap, mountinfo

pytestmark = pytest.mark.pure

PLAIN = "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 shared:7 - ext3 /dev/root rw,errors=continue"


def test_the_example_of_the_man_page():
    (only,) = mountinfo.parsed(PLAIN + "\n")
    assert only == (36, 35, "98:0", "/mnt1", "/mnt2", "rw,noatime", "ext3", "/dev/root", "rw,errors=continue")


def test_without_optional_fields_and_without_a_source():
    lines = "1 1 0:1 / / rw - rootfs  rw\n2 1 0:4 net:[4026532177] /run/netns/x rw unbindable - nsfs nsfs rw\n"
    first, second = mountinfo.parsed(lines)
    assert (first.fstype, first.source, first.super_options) == ("rootfs", "", "rw")
    assert (second.root, second.point, second.fstype) == ("net:[4026532177]", "/run/netns/x", "nsfs")


@pytest.mark.parametrize("odd", list("\r\v\f\x1c\x1d\x1e\x85\u2028\u2029\u3000\udcff-#"))
def test_only_a_newline_ends_a_line_and_only_a_space_a_field(odd):
    point = f"/media/{odd}usb{odd}"
    before, after = mountinfo.parsed(f"2 1 8:1 / {point} rw - vfat /dev/sdb1 rw\n{PLAIN}\n")
    assert before.point == point
    assert after.point == "/mnt2"


@pytest.mark.parametrize(
    ("written", "name"),
    [
        (r"/a\040b", "/a b"),
        (r"/a\011\012b", "/a\t\nb"),
        (r"/a\134040b", r"/a\040b"),
        (r"/\134\134", "/\\\\"),
        (r"/\043x", "/#x"),
        ("/plain", "/plain"),
        ("/cut\\04", "/cut\\04"),
    ],
)
def test_names_are_as_they_are(written, name):
    assert mountinfo.name(written) == name
    (only,) = mountinfo.parsed(f"2 1 8:1 {written} {written} rw - vfat {written} rw")
    assert (only.root, only.point, only.source) == (name, name, name)


def test_who_takes_which_id():
    assert idmap.inside(((0, 1000, 1), (1, 100_000, 10)), 100_003) == 4
    assert idmap.inside(((0, 1000, 1),), 1001) is None
    assert idmap.outside(((0, 1000, 1), (1, 100_000, 10)), 4) == 100_003
    assert idmap.outside(((0, 1000, 1),), 1) is None
    assert idmap.needed(((0, 100_000, 1000),), 0) == 0
    assert idmap.needed(((5, 100_000, 10), (0, 200_000, 1)), 0) == 0
    assert idmap.needed(((5, 100_000, 10),), 0) == 5
    assert idmap.needed(((5, 0, 1), (0, 100_000, 10)), 0) is None
    assert idmap.needed((), 0) is None
