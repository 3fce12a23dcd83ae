"""The last seconds of what is measured, for a live chart and for the picture that is kept of it."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any

Sample = tuple[float, dict[str, float], dict[str, float]]
"""Seconds since the panel began, and by series what was measured and what theory expects."""


class RecentSamples:
    """Samples and marks of one chart, `seconds` of them; it does not grow."""

    def __init__(self, seconds: float, every: float) -> None:
        self._seconds = seconds
        self._samples: deque[Sample] = deque(maxlen=round(seconds / every) + 1)
        self._marks: deque[tuple[float, str]] = deque(maxlen=20)
        self._new: deque[Sample] = deque(maxlen=self._samples.maxlen)
        self._new_marks: deque[tuple[float, str]] = deque(maxlen=20)

    def add(self, when: float, values: Mapping[str, float], expected: Mapping[str, float] | None = None) -> None:
        """Take one sample; four digits are enough for a screen."""
        sample = (round(when, 3), _short(values), _short(expected or {}))
        self._samples.append(sample)
        self._new.append(sample)

    def mark(self, when: float, word: str) -> None:
        """Note a moment."""
        self._marks.append((round(when, 3), word))
        self._new_marks.append((round(when, 3), word))

    def news(self) -> dict[str, Any] | None:
        """What was added since the last call, for the widget; None when nothing was."""
        if not self._new and not self._new_marks:
            return None
        found = {"samples": list(self._new), "marks": list(self._new_marks)}
        self._new.clear()
        self._new_marks.clear()
        return found

    def all(self) -> dict[str, Any]:
        """All of it, for a view that has just opened."""
        return {"samples": list(self._samples), "marks": self._seen_marks(), "all": True}

    def clear(self) -> None:
        """Forget what was measured before."""
        for kept in (self._samples, self._marks, self._new, self._new_marks):
            kept.clear()

    def series(self, name: str) -> tuple[tuple[tuple[float, float], ...], tuple[tuple[float, float], ...] | None]:
        """The points of one series, and of what theory expects of it; seconds from the first sample."""
        start = self._samples[0][0] if self._samples else 0.0
        points = tuple((when - start, values[name]) for when, values, _ in self._samples if name in values)
        expected = tuple((when - start, theory[name]) for when, _, theory in self._samples if name in theory)
        return points, expected or None

    def marks(self) -> tuple[tuple[float, str], ...]:
        """The moments since the first sample."""
        start = self._samples[0][0] if self._samples else 0.0
        return tuple((when - start, word) for when, word in self._seen_marks())

    def _seen_marks(self) -> list[tuple[float, str]]:
        return [mark for mark in self._marks if self._samples and mark[0] >= self._samples[0][0]]


def _short(values: Mapping[str, float]) -> dict[str, float]:
    return {name: float(f"{value:.4g}") for name, value in values.items()}
