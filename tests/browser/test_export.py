"""A talk that was exported, in Chromium with the network off: what its cells showed is on the screen, and on paper."""

from __future__ import annotations

import re

import pytest

from nslab.show import html
from nslab.show.live.panel import RECORDING
from nslab.talks import deck
from nslab.talks.export import page as export
from nslab.talks.export import paper
from nslab.talks.rehearsal import Run, rehearse
from tests.browser import lab
from tests.browser.look import ARTIFACTS, FAINT, coloured

pytestmark = pytest.mark.skipif(not lab.HERE, reason="sudo apt-get install chromium")
SIZES = [(1280, 720), (1920, 1080)]
SEEN = """() => {
    const now = document.querySelector('section.now'), content = now.querySelector('.fit').getBoundingClientRect();
    const texts = [...now.querySelectorAll('.fit *')].filter(e => e.getBoundingClientRect().height &&
        !e.closest('style, script') && [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()));
    const size = e => parseFloat(getComputedStyle(e).fontSize) * (e.closest('svg')?.getScreenCTM().a ?? 1);
    return {
        right: content.right, bottom: content.bottom, foot: now.querySelector('footer').getBoundingClientRect().top,
        number: now.querySelector('footer').textContent,
        smallest: Math.min(...texts.map(size)),
        outputs: [...now.querySelectorAll('.output_area')].filter(e => e.offsetHeight).length,
        code: now.querySelectorAll('.highlight').length, faint: (FAINT)(texts),
    };
}""".replace("FAINT", FAINT)


@pytest.fixture(scope="module")
def talk():
    return deck.read(deck.find("5-minutes"))


@pytest.fixture(scope="module")
def runs(talk):
    return rehearse(talk)


@pytest.mark.parametrize("theme", export.THEMES)
def test_each_slide_is_in_view_with_the_network_off(theme, talk, runs, chromium, tmp_path):
    file = tmp_path / "talk.html"
    export.write(talk, runs, file, theme)
    page, asked, said = chromium.new_page(), [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.context.set_offline(True)
    try:
        for width, height in SIZES:
            page.set_viewport_size({"width": width, "height": height})
            page.goto(file.as_uri() + "#1")
            page.keyboard.press("Home")
            for number, slide in enumerate(talk.slides, 1):
                seen = page.evaluate(SEEN)
                assert re.search(r"(\d+) / \d+", seen["number"])[1] == str(number)
                assert seen["right"] <= width
                assert seen["bottom"] <= seen["foot"]
                assert seen["smallest"] >= height / 40 - 0.01
                assert seen["faint"] == []
                ran = any(cell.cell_type == "code" for cell in slide.cells)
                assert (seen["outputs"] > 0, seen["code"] > 0) == (ran, ran)
                ARTIFACTS.mkdir(exist_ok=True)
                page.screenshot(path=ARTIFACTS / f"export-{theme}-{height}-{number}.png")
                page.keyboard.press("PageDown")
            page.keyboard.press("PageUp")
            assert f"{len(talk.slides) - 1} / " in page.evaluate(SEEN)["number"]
        before = page.evaluate("getComputedStyle(document.body).backgroundColor")
        page.keyboard.press("t")
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") != before
        assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
        assert said == []
    finally:
        page.context.set_offline(False)
        page.close()


def test_a_panel_is_played_with_the_network_off_and_is_a_picture_on_paper(chromium, tmp_path):
    talk = deck.read(deck.find("45-minutes"))
    cell = next(cell for cell in talk.code if "cpu.panel" in cell.source)
    number = next(n for n, slide in enumerate(talk.slides, 1) if cell in slide.cells)
    block = {"kind": "chart", "key": "share", "quantity": "share", "unit": "%", "series": ["web"], "top": 100,
             "low": False, "seconds": 30, "step": False, "near": False}  # fmt: skip
    samples = [[0.1 * tenth, {"web": 50.0}, {"web": 60.0}] for tenth in range(20)]
    svg = html.page('<svg class="nslab-chart" viewBox="0 0 100 50"></svg>')
    kept = {"seconds": 2.0, "charts": [{"block": block, "samples": samples, "marks": [[1.0, "now"]]}]}
    output = {"output_type": "display_data", "metadata": {}, "data": {RECORDING: kept, "text/html": svg}}
    export.write(talk, [Run(cell.id, 0.1, (output,))], tmp_path / "talk.html")
    page = chromium.new_page()
    page.context.set_offline(True)
    try:
        page.goto((tmp_path / "talk.html").as_uri() + f"#{number}")
        canvas = page.locator("section.now canvas")
        page.wait_for_function("document.querySelector('section.now canvas').chart.samples.length === 20")
        assert coloured(canvas) > 100
        assert page.locator("section.now svg.nslab-chart").is_hidden()
        # It begins again.
        page.wait_for_function("document.querySelector('section.now canvas').chart.samples.length < 10")
        page.evaluate("document.body.classList.add('printing')")
        assert canvas.is_hidden()
        assert page.locator("section.now svg.nslab-chart").is_visible()
    finally:
        page.context.set_offline(False)
        page.close()


def test_on_paper_each_slide_is_a_page(talk, runs, tmp_path):
    html, pdf = tmp_path / "talk.html", tmp_path / "talk.pdf"
    export.write(talk, runs, html)
    paper.write(html, pdf)
    assert len(re.findall(rb"/Type\s*/Page\b", pdf.read_bytes())) == len(talk.slides)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["talk.html", "talk.pdf"]
