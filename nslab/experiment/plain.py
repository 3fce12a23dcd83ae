"""Plain values, and what JSON makes of them."""

from __future__ import annotations

from typing import Any


def frozen(value: Any) -> Any:
    """The value with tuples in place of lists: JSON makes lists of tuples, and this makes tuples of them again."""
    if isinstance(value, list | tuple):
        return tuple(frozen(v) for v in value)
    if isinstance(value, dict):
        return {key: frozen(v) for key, v in value.items()}
    return value
