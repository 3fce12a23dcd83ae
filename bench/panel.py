"""What a live panel costs, in JupyterLab in Chromium with four loads: pictures a second, CPU time, delays, memory."""

from __future__ import annotations

import os
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from glob import glob
from pathlib import Path
from typing import Any

import psutil

from bench.cgroups import treated
from bench.side_by_side import NotHere, result
from nslab.cgroups import cpu
from nslab.cgroups.core.location import where
from nslab.cgroups.cpu.live import CpuPanel
from tests.browser import lab

WEIGHTS = {"a": 100, "b": 200, "c": 300, "d": 400}
SECONDS = 20
MOVES = 10
ANSWERS = 50
HOUR = 3600
CELLS = ("from nslab.cgroups import cpu\npanel = cpu.panel({weights})\npanel", "1 + 1")
ANSWER = """() => new Promise(done => {
    const cell = [...document.querySelectorAll('.jp-CodeCell')].at(-1);
    const prompt = () => cell.querySelector('.jp-InputPrompt').innerText;
    const before = prompt();
    let pressed = 0;
    document.addEventListener('keydown', e => { if (e.key === 'Enter') pressed ||= performance.now(); }, true);
    const watch = new MutationObserver(() => {
        if (!pressed || !/\\d/.test(prompt()) || prompt() === before) return;
        watch.disconnect();
        done(performance.now() - pressed);
    });
    watch.observe(cell, {subtree: true, childList: true, characterData: true});
})"""
CHART = "document.querySelector('.nslab-live canvas').chart"


def measure() -> list[dict[str, Any]]:
    if os.geteuid() != 0 or not Path(lab.CHROMIUM).exists():
        raise NotHere("the panels are measured as root, in Chromium: sudo apt-get install chromium")
    with _lab() as (page, url):
        lab.open_notebook(page, url, "bare.ipynb")
        lab.run_all(page)
        answers = [_answers(page, ", without any panel")]
        _show(page, url)
        live = _pictures(page)
        shares = _shares_for(SECONDS)
        moves = _moves(page)
        answers.append(_answers(page, ""))
    return [*live, _disturbed(shares), *moves, *answers, _an_hour()]


@contextmanager
def _lab() -> Iterator[tuple[Any, str]]:
    """A page of JupyterLab, and the address of its notebooks: one with the panel, and one without."""
    with tempfile.TemporaryDirectory() as directory:
        lab.write_notebook(Path(directory, "00-start-here.ipynb"))
        lab.write_notebook(Path(directory, "bare.ipynb"), CELLS[-1])
        lab.write_notebook(Path(directory, "panel.ipynb"), *(cell.format(weights=WEIGHTS) for cell in CELLS))
        with lab.jupyter_lab(Path(directory)) as url, lab.page() as page:
            yield page, url


def _show(page: Any, url: str) -> None:
    """Open the one with the panel, and start all four loads."""
    lab.open_notebook(page, url, "panel.ipynb")
    lab.run_all(page)
    page.get_by_role("button", name="Start all").click()
    page.wait_for_timeout(3000)


def _pictures(page: Any) -> list[dict[str, Any]]:
    kernel = lab.kernel()
    frames, used, started = page.evaluate(f"{CHART}.frames"), _seconds(kernel), time.monotonic()
    page.wait_for_timeout(SECONDS * 1000)
    took = time.monotonic() - started
    rate = (page.evaluate(f"{CHART}.frames") - frames) / took
    cost = 100 * (_seconds(kernel) - used) / took
    how = f"{SECONDS} s, four loads on one CPU"
    return [
        result("panel: time between two pictures of its chart", 1000 / rate, "ms", 100, f"{rate:.1f} a second, {how}"),
        result("panel: CPU time of the kernel process", cost, "% of a CPU", 5, how),
    ]


def _seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _directory(subsystem: str, group: str) -> str:
    (found,) = glob(f"{where(subsystem).base}/nslab-*/*/{group}")
    return found


def _usage(group: str) -> float:
    path = _directory("cpuacct", group)
    if where("cpuacct").version == 1:
        return int(Path(path, "cpuacct.usage").read_text()) / 1e9
    return int(Path(path, "cpu.stat").read_text().split()[1]) / 1e6


def _shares_for(seconds: float) -> dict[str, float]:
    before = {name: _usage(name) for name in WEIGHTS}
    time.sleep(seconds)
    used = {name: _usage(name) - before[name] for name in WEIGHTS}
    return {name: 100 * value / sum(used.values()) for name, value in used.items()}


def _disturbed(live: dict[str, float]) -> dict[str, Any]:
    """Against the same groups and loads without a panel, once the page is closed."""
    seen: Any = treated(cpu.PARTS, "shares", weights=WEIGHTS, seconds=float(SECONDS))
    rows = {row.key: row for row in seen.rows}
    alone = {name: rows[f"share-{name}"].measured for name in WEIGHTS}
    worst = max(abs(live[name] - alone[name]) for name in WEIGHTS)
    return result("panel: what its chart changes of a share", worst, "points", 0.2, f"{SECONDS} s with it, and without")


def _moves(page: Any) -> list[dict[str, Any]]:
    """From a key on a slider to the cgroup's file, and to the chart."""
    file = Path(_directory("cpu", "a"), "cpu.shares" if where("cpu").version == 1 else "cpu.weight")
    page.get_by_role("slider", name="Weight of a", exact=True).focus()
    to_file, to_chart = [], []
    for move in range(MOVES):
        before, seen = file.read_text(), {}
        watch = threading.Thread(target=_watch, args=(file, before, seen))
        watch.start()
        expected = page.evaluate(f"{CHART}.samples.at(-1)[2].a")
        pressed = time.monotonic()
        page.keyboard.press("End" if move % 2 == 0 else "Home")
        page.wait_for_function(
            f"""was => {{ const last = {CHART}.samples.at(-1); return Math.abs(last[2].a - was) > 1
                && Math.abs(last[1].a - last[2].a) < 3; }}""", arg=expected, polling=10, timeout=10_000,
        )  # fmt: skip
        to_chart.append(1000 * (time.monotonic() - pressed))
        watch.join()
        to_file.append(1000 * (seen["when"] - pressed))
        page.wait_for_timeout(700)
    return [
        result("panel: from a slider's move to the cgroup's file", max(to_file), "ms", 100, _spread(to_file)),
        result("panel: from a slider's move to its chart", max(to_chart), "ms", 500, _spread(to_chart)),
    ]


def _watch(file: Path, before: str, seen: dict[str, float]) -> None:
    end = time.monotonic() + 10
    while file.read_text() == before and time.monotonic() < end:
        time.sleep(0.001)
    seen["when"] = time.monotonic()


def _answers(page: Any, what: str) -> dict[str, Any]:
    """The last cell: from the key to its answer on the page, told by the page's own clock."""
    found = []
    for _ in range(ANSWERS):
        page.locator(".jp-CodeCell").last.locator(".cm-content").click()
        page.wait_for_timeout(300)
        page.evaluate(f"() => {{ window.answer = ({ANSWER})(); }}")
        page.keyboard.press("Control+Enter")
        found.append(page.evaluate("window.answer"))
    how = f"{_spread(found)}, half of them within {sorted(found)[ANSWERS // 2]:.0f}"
    return result(f"panel: another cell's answer{what}, the slowest of {ANSWERS}", max(found), "ms", 100, how)


def _an_hour() -> dict[str, Any]:
    """All the steps of an hour, one after the other, with a page that takes what is sent."""

    class Page:
        blocks: Any = ()

        def send(self, message: Any) -> None:
            pass

    panel = CpuPanel("3 : 1")
    panel._view = Page()
    panel._start()
    try:
        panel.do_all()
        grown, steps = [], round(HOUR / panel.every)
        for step in range(steps):
            panel._views = {"page": 0}
            panel._one_step()
            if step % (steps // 10) == 0:
                grown.append(psutil.Process().memory_info().rss / 1e6)
    finally:
        panel.end()
    return result("panel: memory that an hour of steps takes", grown[-1] - grown[0], "MB", 20, f"{steps} steps")


def _spread(found: list[float]) -> str:
    return f"{len(found)} times: {min(found):.0f} to {max(found):.0f}"
