"""A talk in Chromium, from its first slide to its last, by the keys of a remote; and when things go wrong."""

from __future__ import annotations

import itertools
import os
import re
import signal
import time

import nbformat
import pytest

from nslab.talks import deck
from tests.browser import lab
from tests.browser.look import ARTIFACTS, FAINT

pytestmark = pytest.mark.skipif(not lab.HERE, reason="sudo apt-get install chromium")
PORT = 19_100
LONGEST = 240_000
"""Milliseconds that a cell may take here: what measures is done again where others use the CPU."""
SIZES = [(1280, 720), (1920, 1080)]
GIVEN = ["5-minutes", *os.environ.get("NSLAB_TALKS", "").split()]
"""The talks that are given whole; `make test-talks` names the others, which take minutes."""
SEEN = """() => {
    const on = [...document.querySelectorAll('.jp-Cell.nslab-on')].filter(e => e.offsetHeight);
    const seen = e => { const box = e.getBoundingClientRect(); return box.width > 0 && box.height > 0; };
    const texts = on.flatMap(cell => [...cell.querySelectorAll('*')]).filter(e => seen(e) &&
        !e.closest('style, script') && [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()));
    const canvases = on.flatMap(cell => [...cell.querySelectorAll('canvas')]).filter(c => c.chart && seen(c));
    const boxes = on.map(e => e.getBoundingClientRect());
    const outputs = on.flatMap(e => [...e.querySelectorAll('.jp-OutputArea-child')]).filter(e => e.offsetHeight > 4);
    // The words of a drawing are in its own units.
    const size = e => parseFloat(getComputedStyle(e).fontSize) * (e.closest('svg')?.getScreenCTM().a ?? 1);
    const written = chart => { chart.style = undefined; return chart.look().size; }; // and not what it kept
    const sizes = [...texts.map(e => [size(e), e.textContent.slice(0, 40)]),
                   ...canvases.map(c => [written(c.chart), 'a live chart'])].sort((a, b) => a[0] - b[0]);
    return {
        cells: on.length, top: Math.min(...boxes.map(b => b.top)), bottom: Math.max(...boxes.map(b => b.bottom)),
        right: Math.max(...texts.map(e => e.getBoundingClientRect().right)),
        outputs: outputs.length, smallest: sizes[0][0], where: sizes[0][1],
        cut: outputs.filter(e => e.getBoundingClientRect().bottom > innerHeight + 0.5).length,
        longer: document.body.classList.contains('nslab-longer'), faint: (FAINT)(texts),
    };
}""".replace("FAINT", FAINT)


def on_stage(page, url):
    page.goto(url)
    page.wait_for_selector(".jp-Cell.nslab-on", timeout=60_000)
    page.wait_for_selector('.jp-Notebook-ExecutionIndicator[data-status="idle"]', state="attached", timeout=60_000)


def foot(page):
    return page.inner_text(".nslab-stage-foot")


def slide(page):
    return int(re.search(r"(\d+) / \d+", foot(page))[1])


def wait_for_slide(page, number):
    page.wait_for_function(
        "n => document.querySelector('.nslab-stage-foot').textContent.includes(`${n} / `)", arg=number
    )


def run_cell(page):
    """Page Down where a slide's cell has not run, and wait for its output."""
    page.keyboard.press("PageDown")
    page.wait_for_selector(".jp-Cell.nslab-on .jp-OutputArea-child", state="attached", timeout=LONGEST)
    page.wait_for_function("!document.querySelector('.nslab-stage-foot').textContent.includes('runs')", timeout=LONGEST)


def looks_right(page, width, height, with_output):
    page.wait_for_timeout(250)
    seen = page.evaluate(SEEN)
    assert seen["cells"] >= 1
    assert page.locator(".jp-Cell.nslab-on :is(h1, h2)").is_visible()
    assert seen["top"] >= 0
    assert seen["bottom"] <= height, seen
    assert seen["right"] <= width, seen
    assert not seen["longer"], seen
    assert seen["cut"] == 0, "each output is in view"
    assert seen["smallest"] >= height / 40 - 0.1, f"it is read from the last row: {seen['where']}"
    assert seen["faint"] == []
    assert (seen["outputs"] > 0) == with_output


def hands_are_counted(page):
    """Six are typed, two are counted one by one; the room sees how much of all that is."""
    asked = page.locator(".jp-Cell.nslab-on .nslab-hands")
    asked.get_by_label("Hands: web-1").fill("6")
    page.keyboard.press("Enter")
    for _ in range(2):
        asked.get_by_role("button", name="One hand more: what it said before").click()
    percent = [each.inner_text() for each in asked.locator(".nslab-hands-percent").all()]
    assert percent == ["75 %", "25 %", "0 %"]


@pytest.fixture(scope="module")
def five():
    with lab.served("talk", "5-minutes", "--port", str(PORT)) as url:
        yield url


@pytest.fixture
def given(request):
    """The address of a talk, and the talk."""
    talk = deck.read(deck.find(request.param))
    if request.param == "5-minutes":
        yield request.getfixturevalue("five"), talk
        return
    with lab.served("talk", request.param, "--port", str(PORT + 100)) as url:
        yield url, talk


@pytest.mark.parametrize(
    "given",
    [pytest.param(name, marks=pytest.mark.timeout(60 + 2 * deck.read(deck.find(name)).seconds)) for name in GIVEN],
    indirect=True,
)
def test_it_is_given_from_the_first_slide_to_the_last(given, chromium):
    url, talk = given
    problems = []
    ARTIFACTS.mkdir(exist_ok=True)
    with lab.page(chromium) as page:
        page.on("pageerror", lambda e: problems.append(str(e)))
        on_stage(page, url)
        for number, each in enumerate(talk.slides, 1):
            wait_for_slide(page, number)
            assert foot(page).endswith(f"{number} / {len(talk.slides)}")
            assert page.inner_text(".jp-Cell.nslab-on :is(h1, h2)").strip("¶") == each.title
            code = [cell for cell in each.cells if cell.cell_type == "code"]
            if code:
                run_cell(page)
            if "predict(" in "".join(cell.source for cell in code):
                hands_are_counted(page)
            for theme, (width, height) in itertools.product(("true", "false"), SIZES):
                if page.get_attribute("body", "data-jp-theme-light") != theme:
                    page.keyboard.press("t")
                    page.wait_for_selector(f"body[data-jp-theme-light={theme}]", state="attached")
                page.set_viewport_size({"width": width, "height": height})
                looks_right(page, width, height, with_output=bool(code))
                name = f"talk-{talk.name}-{number}-{width}-{'light' if theme == 'true' else 'dark'}.png"
                page.screenshot(path=ARTIFACTS / name)
            page.keyboard.press("PageDown")
        wait_for_slide(page, len(talk.slides))
        page.keyboard.press("b")
        assert page.locator(".nslab-stage-black").is_visible()
        page.keyboard.press("PageUp")
        assert page.locator(".nslab-stage-black").is_hidden()
        assert slide(page) == len(talk.slides) - 1
        # Two keys that delete a cell elsewhere.
        cells = page.locator(".jp-Notebook .jp-Cell").count()
        page.keyboard.press("d")
        page.keyboard.press("d")
        assert page.locator(".jp-Notebook .jp-Cell").count() == cells
    assert not problems


@pytest.mark.measured
def test_the_speaker_has_notes_that_follow_the_slides(five, chromium):
    talk = deck.read(deck.find("5-minutes"))
    with lab.page(chromium) as page:
        on_stage(page, five)
        page.keyboard.press("Home")
        with page.expect_popup() as opened:
            page.keyboard.press("n")
        notes = opened.value
        notes.wait_for_function("document.getElementById('where').textContent === 'Slide 1 of 6'")
        for number, each in enumerate(talk.slides[1:], 2):
            # What it takes from the key to the words on the other page, of this browser's own clock.
            notes.evaluate("""title => { window.came = 0; const seen = () => {
                if (document.getElementById('title').textContent !== title) return setTimeout(seen, 1);
                window.came = performance.timeOrigin + performance.now(); }; seen(); }""", each.title)  # fmt: skip
            pressed = page.evaluate(
                """() => { const at = performance.timeOrigin + performance.now();
                    document.body.dispatchEvent(new KeyboardEvent('keydown', {key: 'ArrowRight', bubbles: true}));
                    return at; }"""
            )
            notes.wait_for_function("window.came > 0")
            assert notes.evaluate("window.came") - pressed < 300
            assert notes.inner_text("#notes") == each.notes
            assert notes.inner_text("#wrong-text") == each.wrong
            assert slide(page) == number
        notes.screenshot(path=ARTIFACTS / "talk-notes.png")
        notes.click("button[data-does=back]")
        wait_for_slide(page, 5)
        notes.close()


BROKEN = 7
"""The slide whose cell fails on stage."""


@pytest.fixture(scope="module")
def broken(tmp_path_factory):
    """A talk whose cell ends at once in the check, and not on stage: there it waits, or ends its kernel."""
    where = tmp_path_factory.mktemp("broken")
    fine = where / "fine"
    fine.touch()
    talk = nbformat.read(deck.find("5-minutes"), as_version=4)
    wait = f"import os, time\nwhile not os.path.exists({str(fine)!r}): time.sleep(0.1)\nprint('it went well')"
    next(cell for cell in talk.cells if cell.cell_type == "code").source = wait
    kind = {"slideshow": {"slide_type": "slide"}}
    talk.cells[:0] = [nbformat.v4.new_markdown_cell(f"# Before {n}", metadata=kind) for n in range(BROKEN - 2)]
    file = where / "broken.ipynb"
    nbformat.write(talk, file)
    with lab.served("talk", str(file), "--port", str(PORT + 50)) as url:
        fine.unlink()
        yield url


@pytest.mark.measured
def test_a_cell_that_hangs_and_a_kernel_that_is_killed_are_stood_for_by_the_last_good_output(broken, chromium):
    shown = ".jp-Cell.nslab-on .nslab-last-good"
    with lab.page(chromium) as page:
        on_stage(page, broken)
        page.keyboard.press("Home")
        for _ in range(BROKEN - 1):
            page.keyboard.press("ArrowRight")
        page.keyboard.press("PageDown")
        page.wait_for_function("document.querySelector('.nslab-stage-foot').textContent.includes('runs')")
        assert page.locator(shown).count() == 0
        took = page.evaluate(
            """shown => { const at = performance.now();
                document.body.dispatchEvent(new KeyboardEvent('keydown', {key: 'l', bubbles: true}));
                return new Promise(done => { const seen = () => document.querySelector(shown)
                    ? done(performance.now() - at) : setTimeout(seen, 1); seen(); }); }""",
            shown,
        )
        assert took < 300
        assert re.fullmatch(r"measured at \d\d:\d\d on this machine", page.inner_text(shown))
        assert "it went well" in page.inner_text(".jp-Cell.nslab-on .jp-OutputArea >> nth=0")
        page.wait_for_selector('.jp-Notebook-ExecutionIndicator[data-status="idle"]', state="attached")
        assert "KeyboardInterrupt" not in page.inner_text(".jp-Notebook"), "what comes late of it is dropped"
        # Once more, and this time the kernel itself dies.
        page.keyboard.press("r")
        page.wait_for_function("document.querySelector('.nslab-stage-foot').textContent.includes('runs')")
        page.wait_for_selector(shown, state="detached")
        page.wait_for_timeout(500)
        killed = time.monotonic()
        os.kill(lab.kernel().pid, signal.SIGKILL)
        page.wait_for_selector(shown, timeout=20_000)
        assert time.monotonic() - killed < 5
        assert slide(page) == BROKEN
        page.wait_for_selector(".jp-Dialog", state="detached", timeout=20_000)
        page.keyboard.press("PageDown")
        wait_for_slide(page, BROKEN + 1)
        run_cell(page)
        assert "holds" in page.inner_text(".jp-Cell.nslab-on .jp-OutputArea >> nth=0")
