"""Time two things in turn, so that whatever else the machine does falls on both alike."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

ROUNDS = 60


class NotHere(Exception):
    """This machine or this user cannot measure that; the message says what would mend it."""


def medians(ours: Callable[[], Any], theirs: Callable[[], Any], rounds: int = ROUNDS) -> tuple[float, float]:
    """Return the median seconds of each, after three rounds that do not count."""
    times: tuple[list[float], list[float]] = ([], [])
    for i in range(rounds + 3):
        for what, seen in zip((ours, theirs), times, strict=True):
            started = time.perf_counter()
            what()
            if i >= 3:
                seen.append(time.perf_counter() - started)
    return statistics.median(times[0]), statistics.median(times[1])


def ratio(name: str, ours: float, theirs: float, bound: float) -> dict[str, Any]:
    """A result: how many times as long ours takes."""
    value = ours / theirs
    how = f"{ours * 1000:.2f} ms against {theirs * 1000:.2f} ms"
    return {"name": name, "value": round(value, 3), "unit": "x", "bound": bound, "holds": value <= bound, "how": how}


def result(name: str, value: float, unit: str, bound: float, how: str) -> dict[str, Any]:
    """One line of the table; it holds when the value is not above its bound."""
    return {"name": name, "value": round(value, 3), "unit": unit, "bound": bound, "holds": value <= bound, "how": how}
