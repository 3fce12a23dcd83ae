"""The teacher's board in Chromium: what it shows, that it goes on, the keyboard, both themes, no names on the wall."""

from __future__ import annotations

import json
from contextlib import contextmanager

import pytest

from nslab.classroom.board import seats
from nslab.classroom.board.turns import Turn
from nslab.classroom.board.usage import Usage
from nslab.classroom.settings import Settings

pytestmark = pytest.mark.any_user
LEARNERS = (*(f"learner-{number:02}" for number in range(28)), "anna", "katharina-louise-xxx")


def seat(name, passed, **said):
    cells = tuple(seats.Cell(each, "passed" if n < passed else "") for n, each in enumerate(Settings(()).exercises))
    return seats.Seat(name, cells, uses=Usage(True, 300 << 20, 1 << 30, 40.0, 100.0, 30, 400), **said)


def states(passed):
    """With and without names."""
    given = [seat(name, passed if name == "anna" else 7) for name in LEARNERS[:-1]]
    given.append(seat(LEARNERS[-1], 3, at="net-who-shares", stuck="3 failed checks", turn=Turn(False, 12.0)))
    lessons = seats.lessons(Settings(()))
    named = {"names": True, "lessons": lessons, "seats": [seats.plain(each) for each in given]}
    wall = {"names": False, "lessons": lessons, "seats": seats.nameless(given, LEARNERS[::-1])}
    return {True: json.loads(json.dumps(named)), False: json.loads(json.dumps(wall))}


@contextmanager
def opened(chromium, width=1280, height=800):
    pytest.importorskip("jupyterhub", reason="not installed: pip install 'nslab[class]'")
    from tests.classroom import wall

    watch = wall.Shown(None)
    watch.states = states(5)
    with wall.served(watch) as address:
        page = chromium.new_page()
        try:
            page.set_viewport_size({"width": width, "height": height})
            errors = []
            page.on("pageerror", lambda error: errors.append(error))
            page.goto(address)
            page.wait_for_selector("tbody tr")
            yield page, watch
            assert errors == []
        finally:
            page.close()


def test_the_board(chromium):
    with opened(chromium) as (page, watch):
        assert page.locator("tbody tr").count() == 30
        last = page.locator("tbody tr").last
        assert "net-who-shares: 3 failed checks; waits for a turn (12 s)" in last.inner_text()
        assert "1 stuck" in page.inner_text("#summary")
        assert last.locator("svg.use").first.get_attribute("aria-label") == "300 M of 1.0 G of memory"
        # Nothing beside the page at either width, nothing that is cut off.
        for width in (1280, 1920):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

        # It goes on by itself, and the keyboard's place stays where it is.
        page.locator("thead [data-lesson='02']").click()
        for _ in range(29):
            page.keyboard.press("ArrowDown")
        page.keyboard.press("ArrowRight")
        assert page.evaluate("[document.activeElement.dataset.name, document.activeElement.dataset.lesson]") == [
            "anna", "03"]  # fmt: skip
        watch.states = states(12)
        page.wait_for_selector("tr[data-name=anna] td.count >> text=12")
        assert page.evaluate("document.activeElement.dataset.name") == "anna"
        assert page.inner_text("#detail").startswith("anna, lesson 03")
        assert page.inner_text("#detail").count(": passed") == 4

        # On the wall there is no name, in no corner of the page.
        page.keyboard.press("n")
        page.wait_for_selector("thead >> text=Place")
        assert [name for name in LEARNERS if name in page.content()] == []
        assert page.locator("tbody td.count").all_inner_texts().count("12") == 1

        colours = set()
        for _ in range(2):
            page.keyboard.press("t")
            colours.add(page.evaluate("getComputedStyle(document.body).backgroundColor"))
        assert colours == {"rgb(255, 255, 255)", "rgb(21, 25, 30)"}


def test_a_hub_that_does_not_answer_is_told(chromium):
    with opened(chromium) as (page, watch):
        watch.states = {}
        page.wait_for_selector("#trouble:not([hidden])")
        assert "Not connected: the board answers 500" in page.inner_text("#trouble")
        assert page.locator("tbody tr").count() == 30
        watch.states = states(5)
        page.wait_for_selector("#trouble[hidden]", state="attached")
