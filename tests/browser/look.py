"""What is looked at on a page that shows panels: pictures for the eye, and whether it fits and says nothing bad."""

from __future__ import annotations

import re

from tests.browser import lab

ARTIFACTS = lab.ROOT / "artifacts"
SIZES = [(1280, 720, "JupyterLab Light"), (1920, 1080, "JupyterLab Dark")]
MAIN = {
    "cpu: who gets": "Start all", "memory:": "Allocate", "blkio:": "Start both", "pids:": "Start the fork bomb",
    "freezer:": "Freeze", "cpuset:": "Start the loads", "Playground": "Clone", "Map": "", "uts:": "Run it",
    "ipc:": "Run it", "pid:": "Run it", "net:": "Run it", "mnt:": "Run it", "user:": "Run it", "cgroup:": "Run it",
    "time:": "Run it",
}  # fmt: skip
"""How each panel's title begins → its main button."""
STOP = {"cpu: who gets": "Stop all", "blkio:": "Stop both", "pids:": "Kill all", "cpuset:": "Stop the loads"}
"""And the one that ends what would keep this machine busy while the next one is looked at."""


def coloured(canvas):
    """How many pixels of a chart are neither grey nor empty."""
    return canvas.evaluate(
        """c => { const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data; let n = 0;
            for (let i = 0; i < d.length; i += 4)
                if (d[i + 3] > 128 && Math.max(d[i], d[i+1], d[i+2]) - Math.min(d[i], d[i+1], d[i+2]) > 60) n++;
            return n; }"""
    )


def fits(page):
    """Nothing of a panel or a table has to be scrolled sideways."""
    wide = page.evaluate(
        """[...document.querySelectorAll('.nslab-panel, .nslab-scroll')]
            .filter(e => e.scrollWidth > e.clientWidth + 1)
            .map(e => `${e.scrollWidth} > ${e.clientWidth}: ${e.innerText.slice(0, 80)}`)"""
    )
    assert not wide
    too_wide = page.evaluate(
        """[...document.querySelectorAll('.nslab table')]
            .filter(t => t.scrollWidth > t.closest('.jp-OutputArea').clientWidth).length"""
    )
    assert too_wide == 0


def look_at(page, panel, shot):
    """Press its main button, take a picture, and end what runs."""
    title = panel.get_attribute("aria-label")
    main, stop = (next((b for start, b in buttons.items() if title.startswith(start)), "") for buttons in (MAIN, STOP))
    panel.evaluate("e => e.scrollIntoView({block: 'start'})")
    if main:
        panel.get_by_role("button", name=re.compile(f"{main}|Thaw")).first.click()
    page.wait_for_timeout(800)
    page.screenshot(path=ARTIFACTS / f"panel-{title.split(':')[0].lower()}-{shot}.png")
    assert panel.locator(".nslab-said.nslab-bad").count() == 0, panel.inner_text()
    assert "It has ended" not in panel.inner_text()
    if panel.locator("canvas").count():
        assert coloured(panel.locator("canvas").first) > 50, title
    if stop:
        panel.get_by_role("button", name=stop).first.click()
