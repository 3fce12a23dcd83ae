"""The table of what was measured."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

COLUMNS = {"what": "left", "value": "right", "at most": "right", "": "left", "measured": "left"}


def show(results: Iterable[Mapping[str, Any]], title: str) -> None:
    """Print results as bench.side_by_side makes them."""
    table = Table(title=title, title_justify="left")
    for column, justify in COLUMNS.items():
        table.add_column(column, justify=justify)  # type: ignore[arg-type]
    for r in results:
        value, bound = f"{r['value']:.2f} {r['unit']}", f"{r['bound']} {r['unit']}"
        table.add_row(r["name"], value, bound, "holds" if r["holds"] else "FAILS", r["how"])
    # A name such as 50:100:150 has no emoji in it.
    Console(width=140, emoji=False).print(table)
