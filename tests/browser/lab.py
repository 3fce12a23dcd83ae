"""A real JupyterLab, started as `make lab` starts it, and a page of it in Debian's Chromium."""

from __future__ import annotations

import math
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = "/usr/bin/chromium"
HERE = Path(CHROMIUM).exists() or bool(os.environ.get("CI"))
"""Whether it has to be there: in CI always."""
ARGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
        "--disable-component-update", "--disable-sync"]  # fmt: skip


@contextmanager
def jupyter_lab(notebooks: Path, port: int = 18888) -> Iterator[str]:
    """Run `nslab lab` on a directory of notebooks; yield the address that it prints, and end it as Ctrl-C does.

    What its pages set, as their theme, is not this user's own setting.
    """
    with served("lab", "--port", str(port), "--notebooks", str(notebooks)) as address:
        yield address


@contextmanager
def served(*words: str) -> Iterator[str]:
    """Run `nslab WORDS --no-browser`, which starts JupyterLab; the same."""
    with tempfile.TemporaryDirectory(prefix="nslab-settings-") as settings:
        process = subprocess.Popen(
            [sys.executable, "-m", "nslab", *words, "--no-browser"],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT,
            env={**os.environ, "JUPYTERLAB_SETTINGS_DIR": settings, "JUPYTERLAB_WORKSPACES_DIR": settings,
                 "XDG_STATE_HOME": settings},
        )  # fmt: skip
        try:
            yield _address(process)
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            assert process.stdout
            process.stdout.close()


def _address(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    said = []
    for line in process.stdout:
        said.append(line)
        found = re.search(r"http://127\.0\.0\.1:\d+/\S+", line)
        if found:
            return found.group()
    raise RuntimeError("nslab lab printed no address:\n" + "".join(said))


@contextmanager
def chromium() -> Iterator[Any]:
    """A context of Chromium: its pages share what it keeps, all of which is gone afterwards. One at a time."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as p:
        browser = p.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        try:
            yield browser.new_context()
        finally:
            browser.close()


@contextmanager
def page(context: Any = None, width: int = 1280, height: int = 720) -> Iterator[Any]:
    """An empty page, in this context or in one of its own."""
    if context is None:
        with chromium() as own, page(own, width, height) as made:
            yield made
        return
    made = context.new_page()
    made.set_viewport_size({"width": width, "height": height})
    try:
        yield made
        # As when a person closes it; the pause lets what the page says to its kernels get away.
        made.evaluate("window.dispatchEvent(new Event('pagehide'))")
        made.wait_for_timeout(200)
    finally:
        made.close()


def write_notebook(path: Path, *cells: str) -> None:
    """Make a notebook with a heading and these code cells, which JupyterLab opens without a question."""
    import nbformat

    spec = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    made = nbformat.v4.new_notebook(metadata={"kernelspec": spec})
    made.cells = [nbformat.v4.new_markdown_cell("# Here"), *map(nbformat.v4.new_code_cell, cells)]
    nbformat.write(made, path)


def kernel() -> Any:
    """The kernel of the notebook that was opened last: the youngest one below this process."""
    import psutil

    kernels = [p for p in psutil.Process().children(recursive=True) if "ipykernel_launcher" in " ".join(p.cmdline())]
    return max(kernels, key=lambda p: p.create_time())


def open_notebook(made: Any, url: str, name: str) -> None:
    """Open a notebook of the server whose first page is `url`, and wait for its kernel."""
    made.goto(re.sub(r"/lab/tree/[^?]*\?", f"/lab/tree/{name}?reset&", url))
    _is_open(made, name)


def open_another(made: Any, name: str) -> None:
    """Close the notebook that is open, without saving it, and open another from the list of files."""
    menu(made, "File", "Close Tab")
    made.wait_for_function("document.querySelector('.jp-Dialog') || !document.querySelector('.jp-NotebookPanel')")
    if made.locator(".jp-Dialog").count():
        made.click(".jp-Dialog button:has-text('Discard')")
    made.wait_for_selector(".jp-NotebookPanel", state="detached")
    made.dblclick(f'.jp-DirListing-item:has-text("{name}")')
    _is_open(made, name)


def _is_open(made: Any, name: str) -> None:
    made.wait_for_selector(f'.lm-TabBar-tab.jp-mod-current:has-text("{name}")', timeout=60_000)
    made.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
    # Before that it is "No Kernel", which is idle, and asks for one when it has something to run.
    made.wait_for_selector('.jp-Toolbar-kernelName:has-text("Python 3")', timeout=60_000)
    made.wait_for_selector('.jp-Notebook-ExecutionIndicator[data-status="idle"]', timeout=60_000)


PROMPTS = """() => {
    const panel = document.querySelector('.jp-NotebookPanel:not(.lm-mod-hidden)');
    const prompts = [...panel.querySelectorAll('.jp-CodeCell .jp-InputPrompt')].map(p => p.textContent);
    const idle = panel.querySelector('.jp-Notebook-ExecutionIndicator')?.dataset.status === 'idle';
    const done = prompts.filter(p => /\\[\\d+\\]/.test(p)).length;
    return {ran: idle && prompts.length > 0 && done === prompts.length, waits: idle && !prompts.join().includes('*'),
            new: done === 0};
}"""
AGAIN = 2.0
"""Seconds within which a page shows that it runs what it was told to run."""


def run_all(made: Any, timeout: float = 90) -> None:
    """Run every cell, and wait until each code cell has run."""
    deadline, told = time.monotonic() + timeout, -math.inf
    # Where cells have run before, their old numbers would be taken for the end of what has not begun.
    pause = 0.1 if made.evaluate(PROMPTS)["new"] else AGAIN
    seen = {"waits": True}
    while not seen.get("ran"):
        if time.monotonic() > deadline:
            raise TimeoutError(f"not every cell has run after {timeout} s")
        if seen["waits"] and time.monotonic() - told > AGAIN:
            # Once more, when the page drops what it sent: on a busy machine it may connect to its kernel a second time.
            menu(made, "Run", "Run All Cells")
            told = time.monotonic()
            made.wait_for_timeout(1000 * pause)
        made.wait_for_timeout(100)
        seen = made.evaluate(PROMPTS)


def saved(made: Any, path: Path) -> Any:
    """Save the notebook that is shown, in this file, by the menu; return what is saved, as nbformat reads it."""
    import nbformat

    before = path.stat().st_mtime_ns
    menu(made, "File", "Save Notebook")
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        made.wait_for_timeout(100)
        # The file is new, and then empty, before it has what is saved.
        with suppress(nbformat.reader.NotJSONError):
            if path.stat().st_mtime_ns != before:
                return nbformat.read(path, as_version=4)
    raise TimeoutError(f"{path.name} was not saved within 20 s")


def scroll_to(made: Any, selector: str) -> None:
    """Bring the first such element of the notebook to the top of the window."""
    made.wait_for_selector(selector, state="attached", timeout=20_000)
    made.evaluate("s => document.querySelector(s).scrollIntoView({block: 'start'})", selector)


def menu(made: Any, name: str, item: str) -> None:
    """Choose an item of a menu, as a person does."""
    made.click(f".lm-MenuBar-item:has-text('{name}')")
    made.click(f".lm-Menu-item:has-text('{item}') >> nth=0")


def set_theme(made: Any, theme: str) -> None:
    """Choose a theme by the menu, as a person does."""
    made.click(".lm-MenuBar-item:has-text('Settings')")
    made.click(".lm-Menu-item:has-text('Theme')")
    made.click(f".lm-Menu-item:has-text('{theme}')")
    made.wait_for_selector(f"body[data-jp-theme-name='{theme}']", state="attached", timeout=20_000)
    made.keyboard.press("Escape")
