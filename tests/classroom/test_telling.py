"""What a teacher does while a class runs: a line for everyone, links that are good once, a lesson as it came."""

from __future__ import annotations

import json
import os
import pwd
import stat

import pytest

from nslab.classroom import links, places, ready, telling
from nslab.classroom.said import server
from nslab.errors import Unsupported

pytestmark = [pytest.mark.pure, pytest.mark.any_user]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.setattr(places, "LINKS", tmp_path / "links.json")
    monkeypatch.setattr(places, "SAID", tmp_path / "said.json")


def test_a_line_is_said_and_taken_away():
    assert server.line()["text"] == ""
    telling.say("Ten minutes left: <b>lesson 04</b> “now”")
    said = server.line()
    assert said["text"] == "Ten minutes left: <b>lesson 04</b> “now”"
    # What learners' servers read is for everybody.
    assert stat.S_IMODE(places.SAID.stat().st_mode) == 0o644
    telling.say("")
    assert (server.line()["text"], server.line()["at"] >= said["at"]) == ("", True)


@pytest.mark.parametrize("text", ["two\nlines", "x" * 301])
def test_a_line_that_is_none_is_refused(text):
    telling.say("before")
    with pytest.raises(ValueError, match="give one line of at most 300 letters"):
        telling.say(text)
    assert server.line()["text"] == "before"


def test_a_link_is_good_once():
    key, other = links.make("anna"), links.make("ben")
    assert links.take(key) == "anna"
    assert links.take(key) is None
    assert links.take(other) == "ben"


def test_a_new_link_ends_the_one_before():
    old, new = links.make("anna"), links.make("anna")
    assert links.take(old) is None
    assert links.take(new) == "anna"


def test_a_link_is_too_old_after_a_day():
    key = links.make("anna", now=1000.0)
    assert links.take(key, now=1000.0 + links.LASTS) is None
    assert links.take(links.make("anna", now=1000.0), now=999.0 + links.LASTS) == "anna"


@pytest.mark.parametrize("key", ["", "x", "\udc80", "a" * 10_000])
def test_what_is_no_key_signs_nobody_in(key):
    links.make("anna")
    assert links.take(key) is None


def test_who_reads_the_file_has_no_key():
    key = links.make("anna")
    text = places.LINKS.read_text()
    assert key not in text
    assert all(links.take(hashed) is None for hashed in json.loads(text))
    assert stat.S_IMODE(places.LINKS.stat().st_mode) == 0o600


@pytest.fixture
def learner(tmp_path, monkeypatch):
    """Anna, whose home is here, and what her class's service was asked to end."""
    home = tmp_path / "anna"
    (home / telling.FOLDER).mkdir(parents=True)
    entry = pwd.struct_passwd(("nslab-anna", "x", os.getuid(), os.getgid(), "", str(home), "/bin/sh"))
    monkeypatch.setattr(telling.users, "learners", lambda: {"anna": entry})
    asked = []

    def ask(verb, exercise, **said):
        asked.append((verb, exercise, said))
        raise Unsupported("a look at your processes", "your Jupyter server does not run", "start it")

    monkeypatch.setattr(telling.asking, "ask", ask)
    return home / telling.FOLDER, asked


def test_a_lesson_as_it_came(learner):
    folder, asked = learner
    name = "02-uts.ipynb"
    came = (telling.lessons.installed() / name).read_bytes()
    assert telling.reset("anna", "02") == ""
    assert (folder / name).read_bytes() == came
    (folder / name).write_text("mine")
    copy = telling.reset("anna", "02")
    assert ((folder / copy).read_text(), (folder / name).read_bytes()) == ("mine", came)
    assert sorted(path.name for path in folder.iterdir()) == sorted([name, copy])
    assert asked[0][0] == "end"
    assert {exercise for _, exercise, _ in asked} >= {"uts-pod", "uts-two-names"}
    assert all(said == {"learner": "anna"} for _, _, said in asked)


def test_no_link_of_a_learners_is_followed(learner, tmp_path):
    folder, _ = learner
    roots = tmp_path / "shadow"
    roots.write_text("root:x")
    (folder / "02-uts.ipynb").symlink_to(roots)
    copy = telling.reset("anna", "02")
    assert (roots.read_text(), (folder / copy).is_symlink()) == ("root:x", True)
    assert not (folder / "02-uts.ipynb").is_symlink()
    elsewhere = tmp_path / "elsewhere"
    folder.rename(elsewhere)
    folder.symlink_to(elsewhere)
    before = sorted(path.name for path in elsewhere.iterdir())
    with pytest.raises(RuntimeError, match="cannot be written"):
        telling.reset("anna", "02")
    assert sorted(path.name for path in elsewhere.iterdir()) == before


@pytest.mark.parametrize(("who", "lesson", "said"), [
    ("eve", "02", "no user of the class"), ("anna", "99", "choose from 00, 01"), ("anna", "../x", "choose from"),
    ("anna", "", "choose from"),
])  # fmt: skip
def test_whom_and_what_there_is_not(learner, who, lesson, said):
    with pytest.raises(ValueError, match=said):
        telling.reset(who, lesson)
    assert learner[1] == []


def test_the_doctor_has_a_line_where_there_could_be_a_class(monkeypatch):
    monkeypatch.setattr(ready.importlib.util, "find_spec", lambda name: None)
    assert ready.finding() is None
    monkeypatch.setattr(ready.importlib.util, "find_spec", lambda name: object())
    monkeypatch.setattr(ready, "demand", lambda: None)
    assert ready.finding()[:2] == ("a class", "ok")

    def refuse():
        raise Unsupported("a class", "of a reason", "mend it")

    monkeypatch.setattr(ready, "demand", refuse)
    assert ready.finding() == ("a class", "warn", "of a reason", "mend it")
