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


def comes(panel, wanted, seconds=30.0, shown=lambda: "nothing is known of it"):
    """Go on until it is so; `shown` tells what there is instead, when it does not come about."""
    end = time.monotonic() + seconds
    while not wanted():
        assert time.monotonic() < end, f"it did not come about: {shown()}"
        time.sleep(panel.every)
        panel.step(panel.now)
