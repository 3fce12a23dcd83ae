"""How long the tests took, and how often something was measured again.

Each run of pytest ends with a line on what was measured again. With NSLAB_TEST_TIMES it also writes to that file, as
JSON, what `python -m tests.times DIRECTORY` needs. That prints the slowest tests of all runs whose files are there,
each file named after its tier, compares the times with those of earlier runs, and adds them to a history that outlives
the clone. It ends with what failed, and why: of a long output the end is what is kept.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

ENV = "NSLAB_TEST_TIMES"
SLOWEST = 25
LINES = 12
"""Of what is said of each test that failed."""
LAST = 10
"""How many runs before are compared with."""
ROOT = Path(__file__).resolve().parents[1]


class Times:
    """A plugin of pytest's: hears of each phase of each test, also from workers."""

    def __init__(self) -> None:
        self.started = time.monotonic()
        self.seconds: Counter[str] = Counter()
        self.again: Counter[str] = Counter()
        self.failed: dict[str, str] = {}

    def pytest_runtest_logreport(self, report) -> None:
        name = report.nodeid.partition("@")[0]
        self.seconds[name] += report.duration
        if report.outcome == "rerun":
            self.again[name] += 1
        if report.failed:
            self.failed[name] = "\n".join(why(report.longreprtext))

    def pytest_terminal_summary(self, terminalreporter) -> None:
        terminalreporter.write_line(f"measured again: {len(self.again)} tests, {self.again.total()} times")
        for name, times in self.again.items():
            terminalreporter.write_line(f"  {times} × {name}")
        path = Path(os.environ.get(ENV) or os.devnull)
        result = self.result()
        # A run inside this one (tests/test_ordinary_user.py) has written what counts; what failed is added to it.
        if path.is_file():
            inside = json.loads(path.read_text(encoding="utf-8"))
            result = {**inside, "failed": {**inside["failed"], **self.failed}}
        path.write_text(json.dumps(result), encoding="utf-8")

    def result(self) -> dict[str, object]:
        """What the summary of all runs needs of this one."""
        return {
            "seconds": round(time.monotonic() - self.started, 1),
            "tests": len(self.seconds),
            "again": [len(self.again), self.again.total()],
            "failed": self.failed,
            "slowest": [(name, round(seconds, 2)) for name, seconds in self.seconds.most_common(SLOWEST)],
        }


def why(text: str) -> list[str]:
    """The lines of a traceback that say what was wrong, or its last where none does."""
    lines = text.splitlines()
    return [line for line in lines if line.startswith("E ")][:LINES] or lines[-LINES:]


def history() -> Path:
    """Where the times of all runs on this machine are kept, one JSON object a line."""
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local/state"
    return Path(state, "nslab", "test-times.jsonl")


def cpu() -> str:
    """The model of this machine's CPU (/proc/cpuinfo): times of one model are not those of another."""
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return f"{os.cpu_count()} × {value.strip()}"
    return f"{os.cpu_count()} × {platform.machine()}"


def commit() -> str:
    """The commit that is checked out, with a + where files differ from it; "" without git."""
    try:
        told = subprocess.run(
            ["git", "describe", "--always", "--dirty=+", "--exclude=*"], cwd=ROOT, capture_output=True, text=True
        )
    except FileNotFoundError:
        return ""
    return told.stdout.strip()


def earlier(tier: str, model: str) -> list[float]:
    """The seconds of the last runs of this tier on such a CPU."""
    found = []
    if history().exists():
        for text in history().read_text(encoding="utf-8").splitlines():
            # One that was cut off by the end of the machine, or changed by hand, tells nothing.
            with contextlib.suppress(ValueError, KeyError, TypeError):
                line = json.loads(text)
                if (line["tier"], line["cpu"]) == (tier, model):
                    found.append(float(line["seconds"]))
    return found[-LAST:]


def summary(directory: Path) -> None:
    """Print the slowest tests and the times of each tier, and add these to the history."""
    runs = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(directory.glob("*.json"))}
    slowest = [(seconds, name, tier) for tier, run in runs.items() for name, seconds in run["slowest"]]
    print(f"\nThe {SLOWEST} slowest tests, in seconds:")
    for seconds, name, tier in sorted(slowest, reverse=True)[:SLOWEST]:
        print(f"{seconds:7.1f}  {name}  ({tier})")
    model, here = cpu(), {"date": time.strftime("%Y-%m-%dT%H:%M:%S%z"), "commit": commit()}
    print(f"\nSeconds of each tier on {model}, and of the last {LAST} runs there:")
    lines = []
    for tier, run in runs.items():
        before = earlier(tier, model)
        usual = f"{min(before):.0f} to {max(before):.0f}, half in {statistics.median(before):.0f}" if before else "none"
        tests, times = run["again"]
        print(f"{run['seconds']:7.0f}  {tier}: {usual}; {run['tests']} tests; measured again: {tests}, {times} times")
        kept = {key: run[key] for key in ("seconds", "tests", "again")}
        lines.append(json.dumps({**here, "cpu": model, "tier": tier, **kept}, ensure_ascii=False) + "\n")
    try:
        history().parent.mkdir(parents=True, exist_ok=True)
        with history().open("a", encoding="utf-8") as file:
            file.writelines(lines)
        print(f"Kept in {history()}")
    except OSError as e:
        print(f"Not kept: {e}")
    for tier, run in runs.items():
        for name, said in run["failed"].items():
            print(f"\nFailed: {name}  ({tier})\n{said}")


if __name__ == "__main__":
    summary(Path(sys.argv[1]))
