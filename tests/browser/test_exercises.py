"""The card of an exercise in JupyterLab: a learner fails, takes a hint, passes, and finds it again after a restart."""

from __future__ import annotations

import pytest

from nslab.course import record
from nslab.course.checking import scenes
from nslab.lab.upkeep import cgroup_cleanup
from nslab.linux import ns
from tests.browser import lab
from tests.browser.look import ARTIFACTS, fits

pytestmark = pytest.mark.skipif(not lab.HERE, reason="sudo apt-get install chromium")
NAME = "net-who-shares"
BIG = "import nslab\nnslab.present()"


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    made = tmp_path_factory.mktemp("exercises")
    lab.write_notebook(made / "00-start-here.ipynb")
    lab.write_notebook(made / "05-net.ipynb", f"import nslab\nnslab.exercise({NAME!r})")
    lab.write_notebook(made / "big.ipynb", BIG, "nslab.exercise('uts-two-names')")
    with lab.jupyter_lab(made) as address:
        yield address
    # The scene goes with the Jupyter server from which it was begun.
    assert cgroup_cleanup.wait_until(lambda: scenes.find(NAME) is None, 20)


def card_of(page):
    card = page.locator(".nslab-exercise").first
    card.get_by_role("button").first.wait_for(timeout=20_000)
    card.evaluate("e => e.scrollIntoView({block: 'start'})")
    return card


def says(card, text):
    card.locator(f'.nslab-said:has-text("{text}")').wait_for(timeout=20_000)


def shot(page, name):
    page.wait_for_timeout(300)
    ARTIFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTIFACTS / f"exercise-{name}.png")


def focused(page):
    return page.evaluate("document.activeElement.textContent || document.activeElement.tagName")


def test_a_learner_fails_takes_a_hint_passes_and_finds_it_passed_after_a_restart(url, chromium):
    problems = []
    with lab.page(chromium) as page:
        page.on("pageerror", lambda e: problems.append(str(e)))
        lab.open_notebook(page, url, "05-net.ipynb")
        lab.run_all(page)
        card = card_of(page)
        assert scenes.find(NAME) is None, "a notebook whose cells are all run makes no scene"
        assert card.get_by_role("status").count() == 1
        # By the keyboard alone.
        card.get_by_role("button", name="Begin").focus()
        page.keyboard.press("Enter")
        says(card, "The scene is there.")
        assert focused(page) == "INPUT", "what comes next is to answer"
        scene = scenes.find(NAME).scene
        right = next(role for role in scene.members if ns.inode("net", scene.pid(role)) == ns.inode("net"))
        wrong = next(role for role in scene.members if role != right)
        page.keyboard.type(wrong)
        page.keyboard.press("Enter")
        says(card, "Not yet. ")
        assert card.get_by_label("not as expected").count() == 1
        shot(page, "failed-light")
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        assert focused(page) == "Hint"
        page.keyboard.press("Enter")
        says(card, "A hint.")
        assert "Hint 1 of" in card.inner_text()
        assert focused(page) == "Hint", "the focus stays where it was"
        card.get_by_label("Your answer").fill(right)
        card.get_by_role("button", name="Check").click()
        says(card, "Passed. ")
        assert card.locator(".nslab-badge:has-text('passed')").is_visible()
        lab.set_theme(page, "JupyterLab Dark")
        shot(page, "passed-dark")
        fits(page)
        lab.menu(page, "Kernel", "Restart Kernel…")
        page.click(".jp-Dialog button:has-text('Restart')")
        page.wait_for_selector('.jp-Notebook-ExecutionIndicator[data-status="idle"]', timeout=60_000)
        card.get_by_role("button", name="Check").click()
        says(card, "then run this cell again")
        lab.run_all(page)
        card = card_of(page)
        card.locator(".nslab-badge:has-text('passed')").wait_for()
        assert scenes.find(NAME).scene == scene, "the scene is the one that was there"
        card.get_by_label("Your answer").fill(right)
        card.get_by_role("button", name="Check").click()
        says(card, "Passed. ")
        lab.set_theme(page, "JupyterLab Light")
    assert not problems
    noted = [(e["what"], e.get("status")) for e in record.of(NAME) if e["what"] != "seed"]
    assert noted == [("begin", None), ("check", "not yet"), ("hint", None), ("check", "passed"), ("check", "passed")]


def test_what_cannot_be_undone_is_asked_for_twice(url, chromium):
    with lab.page(chromium) as page:
        lab.open_notebook(page, url, "05-net.ipynb")
        lab.run_all(page)
        card = card_of(page)
        if card.get_by_role("button", name="Begin").count():
            card.get_by_role("button", name="Begin").click()
            says(card, "The scene is there.")
        before = scenes.find(NAME).holder
        card.get_by_role("button", name="Start anew").click()
        card.get_by_label("Your answer").focus()
        card.get_by_role("button", name="Start anew").wait_for()
        assert scenes.find(NAME).holder == before
        card.get_by_role("button", name="Start anew").click()
        card.get_by_role("button", name="End this scene").click()
        says(card, "The scene is there.")
        assert scenes.find(NAME).holder != before
        solved = len([e for e in record.of(NAME) if e["what"] == "solution"])
        card.get_by_role("button", name="Solution").click()
        card.get_by_role("button", name="Show it").click()
        says(card, "A solution")
        assert "readlink" in card.locator("pre").inner_text()
        assert len([e for e in record.of(NAME) if e["what"] == "solution"]) == solved + 1


def test_it_is_there_in_big_type(url, chromium):
    with lab.page(chromium) as page:
        lab.open_notebook(page, url, "big.ipynb")
        lab.run_all(page)
        card = card_of(page)
        card.get_by_role("button", name="Check").click()
        says(card, "Not begun. ")
        fits(page)
        shot(page, "big")
