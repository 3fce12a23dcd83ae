"""A process of somebody else's in namespaces of its own is not told of as the learner's attempt."""

from __future__ import annotations

import pytest

import nslab
from nslab.course.checking import checker
from nslab.course.checking.exercise import find
from nslab.course.checking.nearest import MOST, listed, nearest
from nslab.course.checking.outcome import Finding, Status
from nslab.course.checking.scene import Scene

STRANGERS = {
    "mnt-scratch": "tmpfs",
    "image-own-layer": "tmpfs",
    "cgroup-top": "stranger",
    "user-other-id": "uid 0, gid 0",
}
"""Exercise → what is seen of a process that has nothing of what was drawn for it."""


@pytest.fixture(scope="module")
def _stranger():
    with nslab.Sandbox(user=True, mnt=True, cgroup=True, uts=True, hostname="stranger") as box:
        assert box.run("mount -t tmpfs service /mnt").status == 0
        yield


@pytest.mark.any_version
@pytest.mark.usefixtures("_stranger")
@pytest.mark.parametrize("name", STRANGERS)
def test_a_strangers_process_is_seen_and_is_no_attempt(name):
    task = find(name)
    outcome = checker.judged(task, 7, Scene(task.drawn(7)))
    assert outcome.status is Status.NOT_BEGUN
    assert STRANGERS[name] in outcome.wrong.found
    assert len(outcome.wrong.hints) >= 3


def _findings(pid, **right):
    return [Finding(key, f"{key} of {pid}", "", "", each) for key, each in right.items()]


@pytest.mark.pure
def test_of_several_that_show_a_sign_the_best_counts_and_then_the_last():
    stranger = _findings(1, name=False, kept=True, other=True)
    begun, better, last = (
        _findings(pid, name=True, kept=kept, other=False) for pid, kept in ((2, False), (3, True), (4, True))
    )
    assert nearest([stranger], "name") == nearest([], "name") == []
    assert nearest([stranger, begun], "name") == begun
    assert nearest([better, begun, stranger], "name") == better
    assert nearest([better, last, stranger], "name") == last


@pytest.mark.pure
def test_what_strangers_have_is_listed_in_short():
    assert listed([], "nothing") == "nothing"
    assert listed(["b", "a", "b"], "nothing") == "a, b"
    assert listed([f"host-{n:02}" for n in range(30)], "nothing").endswith(f"host-05, and {30 - MOST} others")
