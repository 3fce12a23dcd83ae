"""What a learner reads of a check: the names of the scene's groups in place of their directories."""

from __future__ import annotations

import json
import re

import pytest

from nslab.course.checking.outcome import Finding, Outcome, Status
from nslab.course.checking.scene import Scene
from nslab.show import exercise, terminal

pytestmark = pytest.mark.pure

OLD, INNER = "/sys/fs/cgroup/pids/nslab-1/x-old", "/sys/fs/cgroup/pids/nslab-1/x-old/x-inner"
NAMES = {OLD: "old", INNER: "inner"}


def outcome(looked, found):
    finding = Finding("there", looked, f"one below {OLD}", found, False)
    return Outcome("x", 1, Status.NOT_YET, (finding,), names=NAMES).to_dict()


@pytest.mark.parametrize(
    ("found", "read"),
    [(OLD, "old"), (INNER, "inner"), (f"{OLD}/mine/cgroup.procs", "old/mine/cgroup.procs"),
     (f"{OLD}, {INNER}.", "old, inner."), (f"{OLD}er", f"{OLD}er"), (f"{OLD}-2", f"{OLD}-2"),
     ("/sys/fs/cgroup/pids", "/sys/fs/cgroup/pids"), ("", "")],
)  # fmt: skip
def test_a_directory_is_called_what_the_card_calls_it(found, read):
    assert exercise._named(found, NAMES) == read
    assert exercise._named(found, {}) == found
    assert re.sub("<[^>]*>", "", exercise._named_in_html(found, NAMES)) == read


def test_it_is_shown_so_everywhere_and_in_full_to_the_pointer_and_to_programs():
    d = outcome(f"the group of a, in {INNER}/cgroup.procs <&>", OLD)
    assert (
        exercise.in_a_line(d) == "Not yet. The group of a, in inner/cgroup.procs <&>: wanted one below old; found old."
    )
    page = exercise.as_html(d)
    assert page.count(f'<abbr title="{OLD}">old</abbr>') == 4
    assert page.count(f'<abbr title="{INNER}">inner</abbr>/cgroup.procs &lt;&amp;&gt;') == 2
    assert "/sys" not in terminal.text(exercise.as_text(d))
    assert d["findings"][0]["found"] == OLD
    assert f"found {OLD}" in d["message"]
    assert Outcome.from_dict(d).names == NAMES


def test_only_what_the_card_names_has_a_name():
    groups = {role: {"pids": (1, f"/x/{role}"), "cpu": (1, f"/y/{role}")} for role in ("old", "hidden")}
    scene = Scene({}, groups=groups, told=("old",))
    assert scene.names == {"/x/old": "old", "/y/old": "old"}
    assert Scene.from_dict(scene.to_dict()) == scene


def test_a_hint_shows_roles_and_what_is_typed_and_leaves_a_shells_asterisks_alone():
    d = {"number": 1, "of": 3, "text": "Is *web-1* there? `kill PID`, <b>; ls /proc/*/fd/*, 100 * 2 * 3"}
    page = exercise.hint_as_html(d)
    assert "Is <em>web-1</em> there? <code>kill PID</code>, &lt;b&gt;; ls /proc/*/fd/*, 100 * 2 * 3" in page
    said = " ".join(terminal.text(exercise.hint_as_text(d)).replace("│", " ").split())
    assert "Hint 1 of 3" in said
    assert "Is web-1 there? `kill PID`, <b>; ls /proc/*/fd/*, 100 * 2 * 3" in said
    assert "No hint" in exercise.hint_as_html({**d, "of": 0})


def test_no_hint_leaves_a_check_since_nobody_would_note_it():
    finding = Finding("there", "the group of a", "one", "none", False, ("Which file is it?", "cgroup.procs"))
    d = Outcome("x", 1, Status.NOT_YET, (finding,)).to_dict()
    assert "cgroup.procs" not in json.dumps(d)
    back = Outcome.from_dict(json.loads(json.dumps(d)))
    assert (back.status, back.message, back.wrong.hints) == (Status.NOT_YET, finding.missing, ())


@pytest.mark.parametrize("answer", ["web", " web ", "x-web", "/sys/fs/cgroup/pids/x-shop/x-web", "x-shop/x-web/"])
def test_a_group_may_be_answered_with_by_its_path(answer):
    assert Scene({}, answer=answer).answered("x") == "web"
