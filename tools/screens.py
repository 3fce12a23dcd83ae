"""Take the README's pictures of the real thing, by Chromium: `python -m tools.screens [NAME ...]`, as root.

`obeys` is a recording: a panel in JupyterLab, whose controls are used while it is photographed, each picture shown as
long as it took. Take it on a machine that has nothing else to do. `learn`, `exercise` and `talk` are pictures of a
lesson, of an exercise that has passed, and of a slide beside the speaker's notes.
"""

from __future__ import annotations

import base64
import io
import itertools
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from PIL import Image

import nslab
from tests.browser import lab

DOCS = lab.ROOT / "docs"
EVERY = 0.1
"""Seconds between two pictures of a recording, where the machine is quick enough."""
LONGEST, LARGEST = 15.0, 2 << 20
"""Seconds that a recording lasts at most, and the bytes that it may have."""
PANEL = 'from nslab.cgroups import cpu\ncpu.panel("3 : 1")'


def obeys(to: Path) -> None:
    """Two groups that want all of one CPU: 3 to 1, then 1 to 1, then 1 to 4."""
    with tempfile.TemporaryDirectory(prefix="nslab-screens-") as made:
        lab.write_notebook(Path(made, "00-start-here.ipynb"), PANEL)
        with lab.jupyter_lab(Path(made), 18_700) as url, lab.page(width=1100, height=900) as page:
            lab.open_notebook(page, url, "00-start-here.ipynb")
            page.keyboard.press("Control+b")
            lab.run_all(page)
            panel = page.locator(".nslab-panel").first
            panel.get_by_role("button", name="Start all").click()
            page.wait_for_timeout(4_000)
            weight = panel.get_by_role("slider", name="Weight of cgrp1", exact=True)

            def move(slider: Any, *stops: int) -> list[Callable[[], None]]:
                return [lambda stop=stop: slider.fill(str(stop)) for stop in stops]

            # Numbers of stops: 300, 200, 100, 40, 25.
            acts = move(weight, 13, 11, 8, 5)
            plan = list(zip((1.5, 2.0, 6.0, 6.4), acts, strict=True))
            panel.evaluate("e => e.scrollIntoView({block: 'start'})")
            _write(_photographed(page, panel, plan, 12.0), to)


def _photographed(page: Any, panel: Any, plan: list[tuple[float, Callable[[], None]]], seconds: float) -> list[Any]:
    """Pictures of a panel with the moment of each, while what is planned is done."""
    box = {name: int(value) for name, value in panel.bounding_box().items()}
    chart = panel.locator("canvas").first.bounding_box()
    box["height"] = int(chart["y"] + chart["height"]) - box["y"] + 4
    devtools = page.context.new_cdp_session(page)
    began, pictures = time.monotonic(), []
    while (now := time.monotonic() - began) < seconds:
        if plan and now >= plan[0][0]:
            plan.pop(0)[1]()
        # What page.screenshot() does besides takes longer than the picture.
        taken = devtools.send("Page.captureScreenshot", {"clip": {**box, "scale": 1}, "optimizeForSpeed": True})
        pictures.append((now, base64.b64decode(taken["data"])))
        page.wait_for_timeout(max(0.0, 1000 * (EVERY - (time.monotonic() - began - now))))
    if plan:
        raise SystemExit("the machine is too busy for what was planned: take it later")
    return [*pictures, (seconds, b"")]


def _write(pictures: list[Any], to: Path) -> None:
    frames = [Image.open(io.BytesIO(data)).convert("RGB") for _, data in pictures if data]
    shown = [round(1000 * (after - at)) for (at, _), (after, _) in itertools.pairwise(pictures)]
    for quality in (80, 70, 60, 50, 40):
        frames[0].save(to, save_all=True, append_images=frames[1:], duration=shown, loop=0, quality=quality, method=4)
        if to.stat().st_size <= LARGEST:
            print(f"{to}: {len(frames)} pictures in {sum(shown) / 1000:.1f} s, {to.stat().st_size >> 10} KiB")
            return
    raise SystemExit(f"{to} has {to.stat().st_size >> 10} KiB: record less")


def learn(to: Path) -> None:
    """A lesson: its experiment and the control, as who learns alone sees it."""
    with tempfile.TemporaryDirectory(prefix="nslab-screens-") as made:
        course = shutil.copytree(lab.ROOT / "notebooks", Path(made, "course"))
        with lab.jupyter_lab(course, 18_720) as url, lab.page(width=1000, height=760) as page:
            lab.open_notebook(page, url, "02-uts.ipynb")
            page.keyboard.press("Control+b")
            lab.run_all(page)
            page.locator("h2", has_text="Run it").first.evaluate("e => e.scrollIntoView({block: 'start'})")
            page.wait_for_timeout(1_000)
            page.screenshot(path=to)


def exercise(to: Path) -> None:
    """An exercise in a notebook: what was wanted, what the kernel shows, and that it has passed."""
    with tempfile.TemporaryDirectory(prefix="nslab-screens-") as made:
        os.environ["XDG_DATA_HOME"] = made  # the record of who takes the picture stays as it is
        lab.write_notebook(Path(made, "00-start-here.ipynb"), "import nslab\nnslab.exercise('uts-two-names')")
        with lab.jupyter_lab(Path(made), 18_730) as url, lab.page(width=1000, height=760) as page:
            lab.open_notebook(page, url, "00-start-here.ipynb")
            page.keyboard.press("Control+b")
            lab.run_all(page)
            card = page.locator(".nslab-exercise").first
            card.get_by_role("button").first.wait_for(timeout=20_000)
            first, second = re.findall(r"\b[a-z]+-\d+\b", card.inner_text())[:2]
            with nslab.Sandbox(uts=True, hostname=first), nslab.Sandbox(uts=True, hostname=second):
                card.get_by_role("button", name="Check").click()
                card.locator('.nslab-said:has-text("Passed")').wait_for(timeout=30_000)
            page.wait_for_timeout(500)
            card.screenshot(path=to)


def talk(to: Path) -> None:
    """A slide whose cell has run, and on its right what the speaker sees of it."""
    with lab.served("talk", "5-minutes", "--port", "18740") as url, lab.chromium() as context:
        with lab.page(context) as page:
            page.goto(url)
            page.wait_for_selector(".jp-Cell.nslab-on", timeout=60_000)
            with page.expect_popup() as opened:
                page.keyboard.press("n")
            notes = opened.value
            notes.set_viewport_size({"width": 720, "height": 720})
            for _ in range(2):
                page.keyboard.press("ArrowRight")
            page.keyboard.press("PageDown")
            page.wait_for_selector(".jp-Cell.nslab-on .jp-OutputArea-child", state="attached", timeout=60_000)
            page.wait_for_selector(".nslab-stage-foot:not(:has-text('runs'))", timeout=60_000)
            page.wait_for_timeout(1_500)
            both = [Image.open(io.BytesIO(each.screenshot())) for each in (page, notes)]
            notes.close()
    wide = sum(each.width for each in both) + 12
    side = Image.new("RGB", (wide, both[0].height), "#8c959f")
    side.paste(both[0], (0, 0))
    side.paste(both[1], (both[0].width + 12, 0))
    side.resize((wide * 3 // 5, both[0].height * 3 // 5), Image.Resampling.LANCZOS).save(to, optimize=True)


PICTURES: dict[str, tuple[Callable[[Path], None], str]] = {
    "obeys": (obeys, "obeys.webp"), "learn": (learn, "lesson.png"),
    "exercise": (exercise, "exercise.png"), "talk": (talk, "talk.png"),
}  # fmt: skip


def wanted(names: list[str]) -> Iterator[tuple[Callable[[Path], None], Path]]:
    """What is to be taken, and its file."""
    for name in names or PICTURES:
        if name not in PICTURES:
            raise SystemExit(f"no picture is called {name!r}; choose from {', '.join(PICTURES)}")
        take, file = PICTURES[name]
        yield take, DOCS / file


if __name__ == "__main__":
    if os.geteuid():
        raise SystemExit("as root: the groups of the panel, and Chromium")
    for take, file in list(wanted(sys.argv[1:])):
        take(file)
