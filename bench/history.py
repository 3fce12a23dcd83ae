"""What was measured before, and where: one JSON object a line in history.jsonl, one line a run."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("history.jsonl")
KEPT = ("name", "value", "unit", "bound", "holds")


def keep(results: Sequence[Mapping[str, Any]], host: Mapping[str, Any], file: Path = FILE) -> None:
    """Append a run: when, of which commit ("+" where files differ from it), where, and each figure with its bound."""
    run = {
        "date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "commit": _commit(),
        "host": host,
        "figures": [{key: r[key] for key in KEPT} for r in results],
    }
    with file.open("a", encoding="utf-8") as f:
        f.write(json.dumps(run) + "\n")


def _commit() -> str:
    def git(*args: str) -> str:
        done = subprocess.run(["git", *args], cwd=FILE.parent, capture_output=True, text=True, check=False)
        return done.stdout.strip()

    changed = git("status", "--porcelain", "--untracked-files=no", "--", ":!history.jsonl")
    return (git("rev-parse", "--short", "HEAD") or "unknown") + ("+" if changed else "")


def runs(file: Path = FILE) -> list[dict[str, Any]]:
    """All runs that were kept, the earliest first."""
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()] if file.exists() else []


def report(kept: Sequence[Mapping[str, Any]]) -> str:
    """Each figure with what it was on each kind of host; first those whose bound holds on some hosts only."""
    figures: dict[str, dict[str, list[Mapping[str, Any]]]] = {}
    for run in kept:
        for figure in run["figures"]:
            figures.setdefault(figure["name"], {}).setdefault(run["host"]["cpu"], []).append(figure)
    told = sorted(figures.items(), key=lambda item: _order(item[1]))
    return "\n".join(line for name, by_host in told for line in _told(name, by_host))


def _order(by_host: Mapping[str, Sequence[Mapping[str, Any]]]) -> int:
    """0 for a bound that holds on some hosts only, 1 for one that was missed somewhere, 2 for one that always held."""
    always = [all(f["holds"] for f in found) for found in by_host.values()]
    return 2 if all(always) else 0 if any(always) else 1


def _told(name: str, by_host: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[str]:
    word = ("holds on some hosts only", "was missed", "holds")[_order(by_host)]
    lines = [f"{name}: {word}"]
    for cpu, found in by_host.items():
        values, last = [f["value"] for f in found], found[-1]
        held = sum(f["holds"] for f in found)
        lines.append(
            f"    {min(values):g} to {max(values):g} {last['unit']} (at most {last['bound']:g}), "
            f"held {held} of {len(found)}: {cpu}"
        )
    return lines
