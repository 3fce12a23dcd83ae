"""Layers, marks, covers: what the experiment sees, and the same by hand."""

from __future__ import annotations

import os
import re

import pytest

from nslab.container import images
from nslab.experiment.expect import NOT_ASKED
from nslab.linux import files
from tests import byhand

pytestmark = pytest.mark.timeout(300)
"""A second kernel has one CPU, and beside others a small part of it."""


@pytest.fixture(scope="module")
def evidence():
    return images.demo()


def test_it_holds_and_the_control_does_not(evidence):
    assert evidence.holds, evidence.failures
    parts = {r.part for r in evidence.rows}
    # Before 6.6 a tmpfs keeps no attributes of an ordinary user's.
    assert {p.name for p in images.PARTS} - parts <= ({"opaque"} if os.geteuid() else set()), evidence.notes


def test_a_write_is_a_copy_and_a_read_is_none(evidence):
    assert evidence.row("motd").values == ("old", "old+new", "old")
    assert evidence.control_row("motd").values == ("old", "old+new", "old+new")
    assert evidence.row("motd-upper").host_after == "old+new"
    assert evidence.row("read-upper").values == ("absent", "old", "absent")


def test_a_chmod_copies_the_whole_file():
    row = images.demo(size=7, only="copy-up").row("big-upper")
    assert row.values == (0, NOT_ASKED, 7)


def test_a_removed_file_is_a_device_with_the_number_0_0(evidence):
    assert evidence.row("removed").values == ("there", "absent", "there")
    assert evidence.row("whiteout").host_after == "character device 0, 0"
    assert evidence.control_row("removed").host_after == "absent"


def test_a_layer_that_is_sent_has_other_marks(evidence):
    assert evidence.row("tar-removed").values == ("there", "absent", NOT_ASKED)
    assert evidence.control_row("tar-mark").inside == "there"
    assert evidence.control_row("tar-renewed").inside == ".wh..wh..opq hosts new passwd"


def test_each_attack_reaches_a_file_outside_where_names_are_believed(evidence):
    attacks = [row for row in evidence.rows if row.part == "hostile"]
    assert len(attacks) == 4
    assert all(row.host_after == "mine" for row in attacks)
    assert all(evidence.control_row(row.key).host_after == "theirs" for row in attacks)


def test_what_is_covered_is_empty_and_what_is_read_only_can_be_read(evidence):
    assert evidence.row("masked-kind").inside == "character device 1, 3"
    assert evidence.row("read-only").inside == "EROFS"
    assert evidence.control_row("read-only").inside == "ok"


def test_nothing_is_left_on_the_host(evidence):
    before = files.read("/proc/self/mountinfo"), sorted(os.listdir("/mnt"))
    images.demo(only=["copy-up", "masked", "dev"])
    assert (files.read("/proc/self/mountinfo"), sorted(os.listdir("/mnt"))) == before


def test_shell(evidence, tmp_path):
    byhand.compare(byhand.run_shell(evidence, tmp_path), evidence, at_least=10)


def test_c(evidence, tmp_path):
    byhand.compare(byhand.run_c(evidence, tmp_path), evidence, at_least=9)


@pytest.mark.pure
@pytest.mark.parametrize("bad", [0, 65, "1", None, 1.5])
def test_bad_sizes_are_named(bad):
    with pytest.raises((ValueError, TypeError), match=re.escape(f"size={bad!r}")):
        images.demo(size=bad)
