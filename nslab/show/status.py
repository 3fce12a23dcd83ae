"""A line that says what is going on, for whoever waits: in a cell's output, or on a terminal. It is gone at the end."""

from __future__ import annotations

import contextvars
import os
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from html import escape

from nslab.show import html, notebook

AFTER = 0.4
"""Seconds until the line is shown: what is done by then needs none."""
EVERY = 1.0
"""Seconds after which it is shown again, with the time that has passed."""

Write = Callable[[str], None]


class Line:
    """A line that is shown: what is `told`, or what is said `instead` while somebody is waited for."""

    told = instead = ""


_current: contextvars.ContextVar[Line | None] = contextvars.ContextVar("nslab_status", default=None)


def current() -> Line | None:
    """The line that is shown for what this thread does, if there is one."""
    return _current.get()


def writer() -> Write | None:
    """How to show one line in place of the last, where somebody looks; an empty one takes it away."""
    return _in_a_cell() if notebook.in_notebook() else _on_a_terminal()


@contextmanager
def status() -> Iterator[Write]:
    """Yield a function that is told what is done now; the line shows it with the seconds since the start.

    Where nobody looks (neither a notebook nor a terminal) nothing is shown.
    """
    write, line = writer(), Line()
    if write is None:
        yield lambda text: None
        return
    ended = threading.Event()
    # In a copy of this context: by it Jupyter knows which cell the output belongs to.
    run = contextvars.copy_context().run
    thread = threading.Thread(target=run, args=(_keep, write, line, ended), name="nslab status", daemon=True)
    thread.start()
    before = _current.set(line)
    try:
        yield partial(setattr, line, "told")
    finally:
        _current.reset(before)
        ended.set()
        thread.join()


def _keep(write: Write, line: Line, ended: threading.Event) -> None:
    started = time.monotonic()
    if ended.wait(AFTER):
        return
    while not ended.is_set():
        write(line.instead or f"{line.told} … {time.monotonic() - started:.0f} s")
        ended.wait(EVERY)
    write("")


def _in_a_cell() -> Write:
    from IPython.display import HTML, display

    shown = None

    def write(text: str) -> None:
        nonlocal shown
        line = HTML(html.page(f'<div class="nslab-foot" role="status">{escape(text)}</div>') if text else "")
        if shown is None:
            shown = display(line, display_id=True)
        else:
            shown.update(line)

    return write


def _on_a_terminal() -> Write | None:
    stream = sys.stderr
    if stream is None or stream.closed or not stream.isatty() or os.environ.get("TERM", "dumb") == "dumb":
        return None

    def write(text: str) -> None:
        stream.write(f"\r\x1b[2K{text[: shutil.get_terminal_size().columns - 1]}")
        stream.flush()

    return write
