"""The card's side in the kernel, without a browser: what it shows after each verb, also after one that went wrong."""

from __future__ import annotations

import json
import time

import pytest

import nslab
from nslab.course.checking import checker, scenes
from nslab.course.checking.card import VERBS, Card
from nslab.course.checking.exercise import NSLAB, find
from nslab.course.checking.scene import Scene
from nslab.errors import Unsupported

NAME = "uts-two-names"


@pytest.fixture
def card():
    return Card(nslab.exercise(NAME))


def pressed(card, verb, answer=""):
    """Press a button, and wait for what comes of it."""
    with card._one:
        before = card.view.turn
    card._receive(verb, answer)
    deadline = time.monotonic() + 60
    while card.view.turn == before:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return card.view


def test_it_shows_the_task_and_only_the_verbs_that_make_sense(card):
    assert [verb["key"] for verb in card.view.verbs] == ["check", "hint", "solution"]
    assert [verb["key"] for verb in Card(nslab.exercise("net-who-shares")).view.verbs] == ["begin"]
    assert card.view.asked == ""
    assert "Two names on one machine" in card.view.task
    json.dumps({name: getattr(card.view, name) for name in ("title", "task", "verbs", "asked", "said", "found")})


def test_a_check_says_in_one_line_what_is_missing_and_below_it_row_by_row(card):
    view = pressed(card, "check")
    assert view.said.startswith("Not begun. The host names in other UTS namespaces than the machine's: wanted ")
    assert view.bad
    assert "<table>" in view.found
    assert view.busy == ""
    assert "Hint 1 of" in pressed(card, "hint").found
    assert "unshare" in pressed(card, "solution").found


def test_what_goes_wrong_is_told_on_the_card(card, monkeypatch):
    view = pressed(card, "check", "an answer that nobody asked for")
    assert (view.said, view.bad) == ("Check did not work.", True)
    assert "asks for no answer" in view.found

    def cannot(_):
        raise Unsupported("a place", "there is none", "make one")

    monkeypatch.setattr(Card, "_state", cannot)
    assert pressed(card, "check").said == "Not on this machine."
    monkeypatch.undo()
    assert pressed(card, "check").said.startswith("Not begun."), "and it goes on"


def test_a_page_cannot_ask_for_anything_else(card):
    for word in ("close", "__init__", "run", ""):
        card._receive(word, "")
        assert card.view.busy == ""
    assert set(VERBS) == {"begin", "check", "hint", "solution", "reset"}


def test_to_show_it_makes_no_scene_and_is_quick():
    task = nslab.exercise("net-who-shares")
    took = []
    for _ in range(5):
        began = time.thread_time()
        bundle = task._repr_mimebundle_()
        took.append(time.thread_time() - began)
    assert min(took) < 0.1
    assert set(bundle) == {"text/plain", "text/html"}, "without a page that shows widgets it is a text"
    assert "Who shares the network with the host?" in bundle["text/html"]
    assert not task.shown.begun


@pytest.mark.pure
@pytest.mark.parametrize(("found", "called"), [("/usr/local/bin/nslab", "nslab"), (None, NSLAB)])
def test_a_solution_calls_nslab_as_the_card_does_where_it_is_found_by_that_name(monkeypatch, found, called):
    monkeypatch.setattr(checker.shutil, "which", lambda _: found)
    held = scenes.Held("net-who-shares", 1, 0, "", Scene({}))
    solution = checker.solved(find("net-who-shares"), "sh", held, 1)
    assert f"$({called} enter net-who-shares." in solution.program
