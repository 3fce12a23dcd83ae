"""Run the measurements, print a table, write bench.json, and keep the run in bench/history.jsonl.

python -m bench                 all of them, and keep the run
python -m bench clone lessons   these groups alone; --keep keeps this run as well
python -m bench history         what was measured where: bounds that hold on some hosts only come first
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from pathlib import Path
from typing import Any

from bench import history, host
from bench.side_by_side import NotHere
from bench.table import show

GROUPS = ("clone", "sandbox", "importing", "nsmap", "cgroups", "container", "lessons", "panel")


def main() -> int:
    words = argparse.ArgumentParser(prog="python -m bench", description=__doc__.partition("\n")[0])
    words.add_argument("groups", nargs="*", metavar="group", help=", ".join(GROUPS))
    words.add_argument("--keep", action="store_true", help=f"keep the run in {history.FILE.name}, as one of all is")
    given = words.parse_args()
    if given.groups == ["history"]:
        print(history.report(history.runs()))
        return 0
    if unknown := [name for name in given.groups if name not in GROUPS]:
        words.error(f"there is no group {unknown[0]!r}; choose from {', '.join(GROUPS)}, or history alone")
    here = host.describe()
    print(host.line(here), flush=True)
    results: list[dict[str, Any]] = []
    for name in given.groups or GROUPS:
        try:
            results += importlib.import_module(f"bench.{name}").measure()
        except NotHere as e:
            print(f"{name}: not measured: {e}", flush=True)
    show(results, title="nslab: make bench")
    Path("bench.json").write_text(json.dumps(results, indent=1) + "\n")
    if given.keep or not given.groups:
        history.keep(results, here)
    return 0 if all(r["holds"] for r in results) else 1


if __name__ == "__main__":
    sys.exit(main())
