"""Evidence is plain values, and its verdict takes in everything that it shows."""

from __future__ import annotations

import json
import pickle

import pytest

from nslab.experiment.evidence import Evidence, Inode, Reading, Row
from nslab.experiment.expect import NOT_ASKED, AtLeast, AtMost, Exactly, Expect, Is, Isolated, Same, Unchanged, Within
from nslab.experiment.samples import Chart, Samples, Series
from nslab.linux.trace import Syscall

pytestmark = pytest.mark.pure


def evidence(**changed):
    row = Row("hostname", "the host name", "a", "b", "a", part="rename")
    inode = Inode("inode", "inode of the uts namespace", 1, 2, 1, part="rename")
    own = {
        "name": "uts",
        "claim": "A claim.",
        "rows": (row,),
        "control": (Row("hostname", "the host name", "a", "b", "b", part="rename"),),
        "inodes": (inode,),
        "control_inodes": (Inode("inode", "inode of the uts namespace", 3, 3, 3, part="rename"),),
        "parts": {"rename": "two names"},
        "syscalls": (Syscall(1, 2, "sethostname", ('"b"', "1"), 0),),
        "plumbing": (Syscall(1, 2, "clone3", ("{flags=0}",), -1, "ENOSPC"),),
        "samples": Samples((Chart("share", "%", (Series("a", ((0.0, 1.0), (0.5, 2.0)), 2.0),), ((0.5, "now"),)),)),
        "written": (("g", "cpu.max", "max"),),
        "drawing": ({"name": "A", "groups": [{"path": "/", "tasks": [1, 2]}]},),
    }
    return Evidence(**{**own, **changed})


def test_it_can_be_pickled_and_read_back_from_json():
    made = evidence()
    assert made.holds
    assert pickle.loads(pickle.dumps(made)) == made
    assert Evidence.from_dict(made.to_dict()) == made
    assert Evidence.from_dict(json.loads(json.dumps(made.to_dict()))) == made


def test_the_inodes_are_part_of_what_has_to_hold():
    same = (Inode("inode", "inode of the uts namespace", 1, 1, 1, part="rename"),)
    assert not evidence(inodes=same).holds, "there was no namespace"
    other = (Inode("inode", "inode of the uts namespace", 3, 4, 3, part="rename"),)
    assert not evidence(control_inodes=other).holds, "the control had one, too"
    assert not evidence(control_inodes=()).holds


def test_a_part_without_a_row_is_not_shown():
    made = evidence(parts={"rename": "two names", "second": "another"})
    assert made.failures == ("second: nothing was observed",)


def test_rows_are_found_by_key():
    assert evidence().row("hostname").label == "the host name"
    assert evidence().control_row("hostname").host_after == "b"
    with pytest.raises(KeyError, match="no row 'the host name'; there are: hostname"):
        evidence().row("the host name")


@pytest.mark.parametrize("expect", [Is("a"), Isolated(), Same(), Unchanged(), Exactly("a", "b", "c", "so")])
def test_an_expectation_is_a_plain_value(expect):
    assert Expect.from_dict(json.loads(json.dumps(expect.to_dict()))) == expect
    assert pickle.loads(pickle.dumps(expect)) == expect
    assert expect.words


@pytest.mark.parametrize(
    ("expect", "true", "false"),
    [
        (Is("b"), ("a", "b", "a"), ("b", "a", "b")),
        (Isolated(), ("a", "b", "a"), ("a", "b", "b")),
        (Isolated(), ("a", "b", "a"), ("a", "a", "a")),
        (Same(), ("a", "a", "a"), ("a", "a", "b")),
        (Unchanged(), ("a", "b", "a"), ("a", "b", "c")),
        (Exactly("a", "b", NOT_ASKED), ("a", "b", NOT_ASKED), ("a", "b", "c")),
        (Within(0.5, "points"), ("w", 75.0, 74.6), ("w", 75.0, 74.4)),
        (AtMost(), ("w", 5, 5), ("w", 5, 6)),
        (AtLeast(), ("w", 5, 5), ("w", 5, None)),
    ],
)
def test_what_meets_an_expectation(expect, true, false):
    assert expect.met(true)
    assert not expect.met(false)


def test_what_was_not_asked_meets_nothing():
    assert not Unchanged().met((NOT_ASKED, "b", NOT_ASKED))
    assert not Isolated().met((NOT_ASKED, "b", NOT_ASKED))
    assert not Is(NOT_ASKED).met(("a", NOT_ASKED, "a"))
    assert not Within(1, "s").met(("x", 1.0, NOT_ASKED))


def test_a_reading_that_is_within_its_bound():
    assert Reading("share", "share", "weight 60", 75.0, 75.4, Within(0.5, "points")).holds


@pytest.mark.parametrize(
    ("tolerance", "shown"),
    [(0.000683722, "0.00068"), (0.0000123, "0.000012"), (0.05, "0.05"), (0.5, "0.5"), (3, "3"), (1.5, "1.5"),
     (12.5, "12.5"), (1.23456, "1.23"), (100.0, "100"), (2000, "2000"), (0, "0")],
)  # fmt: skip
def test_a_margin_is_shown_with_as_many_digits_as_tell_something(tolerance, shown):
    expect = Within(tolerance, "points")
    assert (expect.sign, expect.words) == (f"± {shown}", f"within {shown} points of what is expected")
