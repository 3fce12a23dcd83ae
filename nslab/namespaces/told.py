"""A process that tells what it sees and stays, so that the host can look at it meanwhile."""

from __future__ import annotations

import json
import time
from typing import Any

from nslab.lab.client.child import Child

STAY = 60
"""Seconds. Its maker ends it long before."""


def tell(**said: Any) -> None:
    """Print what this process saw; `told()` is the other end. Takes what JSON can hold."""
    print(json.dumps(said), flush=True)


def tell_and_stay(**said: Any) -> None:
    """Print what this process saw, and stay until it is ended."""
    tell(**said)
    time.sleep(STAY)


def told(child: Child, seconds: float = 30.0) -> dict[str, Any]:
    """Wait for what a child tells, and return it. Raises what ended the child before that, TimeoutError."""
    found: dict[str, Any] = json.loads(first_line(child, seconds))
    return found


def first_line(child: Child, seconds: float = 30.0) -> str:
    """Wait for the first line that a child prints, and return it. Raises as told() does."""
    return child.heard("\n", seconds).partition("\n")[0]
