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
    assert not wide, wide
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


FAINT = """elements => {
    const rgba = text => { const n = text.match(/[\\d.]+/g).map(Number); return [n[0], n[1], n[2], n[3] ?? 1]; };
    const over = (a, b) => [0, 1, 2].map(i => a[i] * a[3] + b[i] * (1 - a[3])).concat(1);
    const ground = e => { const own = rgba(getComputedStyle(e).backgroundColor);
        return own[3] === 1 ? own : over(own, e.parentElement ? ground(e.parentElement) : [255, 255, 255, 1]); };
    const light = c => { const [r, g, b] = c.slice(0, 3).map(v => v / 255).map(
        v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
    const ratio = e => { const under = ground(e), style = getComputedStyle(e);
        const [a, b] = [over(rgba(e.closest('svg') ? style.fill : style.color), under), under].map(light);
        return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05); };
    // WCAG 2, 1.4.3: large type, from 24 pixels or 18.66 in bold, needs less.
    const needed = e => { const style = getComputedStyle(e), size = parseFloat(style.fontSize);
        return size >= 24 || (size >= 18.66 && style.fontWeight >= 700) || e.closest('svg') ? 3 : 4.5; };
    return elements.filter(e => !e.closest('[disabled]') && ratio(e) < needed(e))
        .map(e => `${e.textContent.slice(0, 30)}: ${ratio(e).toFixed(2)}`);
}"""
"""Of these elements those whose text is too faint on its ground, level AA."""
