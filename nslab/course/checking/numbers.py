"""An answer that is a number, as people write it: "12.5", "12,5", "12.5 %", "1.2 s", "3 euros"; and what it is told."""

from __future__ import annotations

import re

_NUMBER = re.compile(r"(\d+(?:[.,]\d+)?)\s*(%|s|percent|seconds|euros)?")


def number(answer: str) -> float | None:
    """The number of an answer; None where it is none, or has another unit."""
    found = _NUMBER.fullmatch(answer.strip())
    return float(found[1].replace(",", ".")) if found else None


def compared(said: float, there: float, shown: str = "", off: float = 0.0) -> tuple[bool, str]:
    """Whether an answer is right, `off` more or less, and what was found, as its learner is told.

    The number that is `there` is shown to whoever has reckoned it, as `shown`. Whoever has not is told on which side of
    his it lies: what a failed check showed could be given as the next answer.
    """
    if abs(said - there) <= off:
        return True, shown or f"{there:g}"
    fewer = "fewer" if isinstance(there, int) else "less"
    return False, f"{fewer if there < said else 'more'} than that"
