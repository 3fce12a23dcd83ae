"""How long the lessons take, one after the other, from the first cell to the last, without a browser."""

from __future__ import annotations

from typing import Any

from bench.side_by_side import result
from tests.test_notebooks import NOTEBOOKS, SECONDS, read, room_of, run


def measure() -> list[dict[str, Any]]:
    took: dict[str, dict[str, float]] = {room: {} for room in SECONDS}
    for path in NOTEBOOKS:
        took[room_of(path.name)][path.name[:2]] = run(read(path))
    return [
        result(
            f"the lessons {min(each)} to {max(each)}", sum(each.values()), "s", SECONDS[room],
            ", ".join(f"{name}: {seconds:.1f}" for name, seconds in each.items()),
        )
        for room, each in took.items()
    ]  # fmt: skip
