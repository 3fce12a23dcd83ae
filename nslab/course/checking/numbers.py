"""An answer that is a number, as people write it: "12.5", "12,5", "12.5 %", "1.2 s", "3 euros"."""

from __future__ import annotations

import re

_NUMBER = re.compile(r"(\d+(?:[.,]\d+)?)\s*(%|s|percent|seconds|euros)?")


def number(answer: str) -> float | None:
    """The number of an answer; None where it is none, or has another unit."""
    found = _NUMBER.fullmatch(answer.strip())
    return float(found[1].replace(",", ".")) if found else None
