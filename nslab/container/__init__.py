"""A container from its parts: `nslab.Container`, images, what it gets by default, and the comparison of two."""

from __future__ import annotations

from typing import Any


def __getattr__(name: str) -> Any:
    if name != "ways_out":
        raise AttributeError(f"nslab.container has no {name!r}")
    from nslab.container.ways import ways_out

    return ways_out
