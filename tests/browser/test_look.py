"""A lesson in JupyterLab in Chromium: it runs, it fits the screen, and it is looked at in both themes."""

from __future__ import annotations

import json
import os
import re
import shutil
import urllib.request
from contextlib import contextmanager

import pytest

from tests.browser import lab
from tests.browser.look import ARTIFACTS, SIZES, fits, look_at
from tests.test_notebooks import WITH_PANELS, looks_right

pytestmark = pytest.mark.skipif(not lab.HERE, reason="sudo apt-get install chromium")


@pytest.fixture(scope="module")
def notebooks(tmp_path_factory):
    """The committed notebooks must not be saved over: the browser saves what it has run."""
    copy = tmp_path_factory.mktemp("lab") / "notebooks"
    shutil.copytree(lab.ROOT / "notebooks", copy, ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    return copy


@pytest.fixture(scope="module")
def url(notebooks):
    with lab.jupyter_lab(notebooks) as address:
        yield address


def test_a_guess_is_a_group_of_buttons_that_the_keyboard_reaches(url, chromium):
    with lab.page(chromium) as page:
        lab.open_notebook(page, url, "02-uts.ipynb")
        lab.run_all(page)
        lab.scroll_to(page, ".nslab-radio input")
        buttons = page.locator(".nslab-radio input[type=radio]")
        assert buttons.count() == 3
        assert page.locator(".nslab-radio input:checked").count() == 0
        buttons.nth(1).focus()
        page.keyboard.press("Space")
        assert buttons.nth(1).is_checked()


def test_without_the_token_the_door_is_closed(url, chromium):
    with lab.page(chromium.browser.new_context()) as page:
        page.goto(url.partition("?")[0])
        assert "/login" in page.url


def test_a_terminal_finds_the_command(url):
    """This JupyterLab has no terminal of its own, as one that was started in the background."""
    import websocket

    address, token = re.fullmatch(r"http://([^/]+)/.*token=(\w+)", url).groups()
    made = urllib.request.Request(f"http://{address}/api/terminals", b"", {"Authorization": f"token {token}"})
    name = json.load(urllib.request.urlopen(made))["name"]
    terminal = websocket.create_connection(f"ws://{address}/terminals/websocket/{name}?token={token}", timeout=20)
    terminal.send(json.dumps(["stdin", "command -v nslab; exit\r"]))
    said = ""
    while "disconnect" not in (message := json.loads(terminal.recv())):
        said += message[1] if message[0] == "stdout" else ""
    assert re.search(r"/\S+/nslab\r\n", said), said


@pytest.fixture(scope="module")
def window():
    """The page that shows the lessons, one after the other, while all is well."""
    return []


@contextmanager
def lesson(window, chromium, url, name):
    """The page, with this lesson open. One where something failed is not used again."""
    problems = []

    def heard(error):
        problems.append(str(error))

    page = window.pop() if window else chromium.new_page()
    try:
        if page.url == "about:blank":
            lab.open_notebook(page, url, name)
        else:
            lab.open_another(page, name)
        page.on("pageerror", heard)
        yield page
        page.remove_listener("pageerror", heard)
        assert not problems
    except BaseException:
        page.close()
        raise
    window.append(page)


@pytest.mark.measured
@pytest.mark.skipif(os.geteuid() != 0, reason="the lessons on cgroups need root here, or a delegated cgroup")
@pytest.mark.parametrize("name", WITH_PANELS)
def test_a_lesson_runs_as_a_whole_and_its_panels_work(url, notebooks, chromium, window, name):
    ARTIFACTS.mkdir(exist_ok=True)
    with lesson(window, chromium, url, name) as page:
        lab.run_all(page)
        panels = page.locator(".nslab-panel:not(.nslab-exercise)")
        assert panels.count() == WITH_PANELS[name]
        looks_right(name, lab.saved(page, notebooks / name))
        for width, height, theme in SIZES:
            page.set_viewport_size({"width": width, "height": height})
            lab.set_theme(page, theme)
            shot = f"{name[:2]}-{width}-{theme.split()[-1].lower()}"
            for panel in panels.all():
                look_at(page, panel, shot)
            if page.locator(".nslab-chart").count():
                look_at_chart(page, shot)
            fits(page)
            if name >= "02":
                lab.scroll_to(page, ".nslab-badge")
                page.screenshot(path=ARTIFACTS / f"lesson-{shot}.png")
        shown = page.inner_text(".jp-Notebook")
        assert name < "02" or "✓ holds" in page.inner_text(".nslab-badge >> nth=0")
        # Later ones complain for good reason: a machine that cannot, or a shell that says "Killed".
        assert name >= "09" or not page.locator(".jp-RenderedText[data-mime-type*='stderr']").count()
        assert "does not hold" not in shown
        assert "Traceback" not in shown


def look_at_chart(page, shot):
    """The first chart of a demo: it has room, and the theme's colours."""
    lab.scroll_to(page, ".nslab-chart")
    page.screenshot(path=ARTIFACTS / f"chart-{shot}.png")
    chart = page.locator(".nslab-chart >> nth=0")
    assert "expected" in chart.get_attribute("aria-label")
    box, area = chart.bounding_box(), page.locator(".jp-OutputArea:has(.nslab-chart) >> nth=0").bounding_box()
    assert box["width"] <= area["width"]
    assert box["height"] > 100
    # The chart's text has the colour of the page's, which the theme chose.
    colours = page.evaluate(
        """() => [document.querySelector('.nslab-chart text'), document.querySelector('.nslab')]
            .map(e => getComputedStyle(e).getPropertyValue(e.tagName === 'text' ? 'fill' : 'color'))"""
    )
    assert colours[0] == colours[1]
