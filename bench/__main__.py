"""Run every measurement, print a table, and write bench.json."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

MODULES = ("clone", "sandbox", "importing", "nsmap", "cgroups", "lessons", "panel")


def main() -> int:
    results = []
    for name in MODULES:
        results += importlib.import_module(f"bench.{name}").measure()
    table = Table(title="nslab: make bench", title_justify="left")
    for column, justify in (
        ("what", "left"),
        ("value", "right"),
        ("at most", "right"),
        ("", "left"),
        ("measured", "left"),
    ):
        table.add_column(column, justify=justify)
    for r in results:
        table.add_row(
            r["name"],
            f"{r['value']:.2f} {r['unit']}",
            f"{r['bound']} {r['unit']}",
            "holds" if r["holds"] else "FAILS",
            r["how"],
        )
    # A name such as 50:100:150 has no emoji in it.
    Console(width=140, emoji=False).print(table)
    Path("bench.json").write_text(json.dumps(results, indent=1) + "\n")
    return 0 if all(r["holds"] for r in results) else 1


if __name__ == "__main__":
    sys.exit(main())
