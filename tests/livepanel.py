"""A panel as if a page showed it, without a browser."""

from __future__ import annotations

import time
from contextlib import contextmanager


@contextmanager
def living(panel):
    """Start it, and end it. Without an event loop it waits for what it does in a thread."""
    panel._start()
    try:
        yield panel
    finally:
        panel.end()


def comes(panel, wanted, seconds=30.0):
    """Go on until it is so."""
    end = time.monotonic() + seconds
    while not wanted():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(panel.every)
        panel.step(panel.now)
