"""How exact the cgroup demos are, and what a cgroup and a sample of one cost."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Sequence
from typing import Any

import nslab
from bench.side_by_side import medians, ratio, result
from nslab.cgroups import blkio, cpu, freezer, memory
from nslab.cgroups.bench import measure as measuring
from nslab.cgroups.bench.byhand import directories
from nslab.experiment.evidence import Evidence
from nslab.experiment.parts import Part, Seen

RUNS = 10
SHARES = {
    "1:1": {"a": 1, "b": 1},
    "3:1": {"a": 3, "b": 1},
    "50:100:150": {"a": 50, "b": 100, "c": 150},
    "60:20": {"a": 60, "b": 20},
    "100:1": {"a": 100, "b": 1},
}
GROUPS, SAMPLES = 20, 100
IN_SHELL = "mkdir {0} && sh -c 'echo 0 >{0}/cgroup.procs; exec true' && rmdir {0}"


def measure() -> list[dict[str, Any]]:
    return [*_shares(), *_quotas(), *_limits(), _sampling(), _one_group()]


def _worst(rows: Any) -> float:
    return max(abs(row.measured - row.expected) for row in rows)


def _shares() -> list[dict[str, Any]]:
    found = []
    for name, weights in SHARES.items():
        errors = [_worst(_rows("shares", weights)) for _ in range(RUNS)]
        found.append(result(f"shares {name}: worst error", max(errors), "points", 0.5, _spread(errors)))
    errors = [_worst(_rows("nested", cpu.GROUPS)) for _ in range(RUNS)]
    return [*found, result("shares in a nested tree: worst error", max(errors), "points", 0.5, _spread(errors))]


def _rows(part: str, weights: dict[str, int]) -> Any:
    seen = treated(cpu.PARTS, part, weights=weights, seconds=2.0)
    return [row for row in seen.rows if row.key.startswith(("share-", "nested-"))]


def treated(parts: Sequence[Part], name: str, **options: Any) -> Seen:
    """What one part sees with its treatment, without a control."""
    return next(part for part in parts if part.name == name).run((), True, options)


def _spread(errors: list[float]) -> str:
    return f"{len(errors)} runs of 2 s: {min(errors):.2f} to {max(errors):.2f}"


def _quotas() -> list[dict[str, Any]]:
    errors: dict[float, list[float]] = {60.0: [], 20.0: [], 5.0: []}
    for _ in range(RUNS):
        seen: Any = treated(cpu.PARTS, "quota", quotas={f"q{q:g}": q for q in errors}, seconds=2.0)
        for row in seen.rows:
            if row.key.startswith("quota-"):
                errors[row.expected].append(abs(row.measured - row.expected))
    return [result(f"quota {q:g} %: worst error", max(e), "points", 1.0, _spread(e)) for q, e in errors.items()]


def _limits() -> list[dict[str, Any]]:
    """How near the limits of memory and of a disk are met, and whether what is frozen stands still."""
    (killed,) = _labelled(memory.demo(only="limit"), "most memory in use, MiB")
    moved = _labelled(blkio.demo(only="bytes"), "per second")
    worst = max(abs(row.measured / row.expected - 1) * 100 for row in moved)
    (ticks,) = _labelled(freezer.demo(only="freeze"), "ticks while frozen")
    return [
        result("OOM kill: distance from the limit", abs(killed.measured - killed.expected), "MiB", 2, "32 MiB"),
        result("I/O: worst distance from the limit", worst, "%", 5, "4 MiB/s for 3 s, written and read"),
        result("counts while frozen", ticks.measured, "counts", 0, "half a second"),
    ]


def _labelled(evidence: Evidence, words: str) -> list[Any]:
    return [row for row in evidence.rows if words in row.label]


def _sampling() -> dict[str, Any]:
    """What ten samples a second of 20 groups cost, in percent of one CPU."""
    with nslab.Cgroup("cpuacct") as above:
        counters = [measuring.cpu_counter(above.child(f"g{i}")) for i in range(GROUPS)]
        used, started = time.process_time(), time.monotonic()
        measuring.sample({str(i): c.read for i, c in enumerate(counters)}, SAMPLES / 10, 0.1)
        percent = 100 * (time.process_time() - used) / (time.monotonic() - started)
        for counter in counters:
            counter.close()
    return result(f"ten samples a second of {GROUPS} groups", percent, "% CPU", 1.0, f"{SAMPLES} samples")


def _one_group() -> dict[str, Any]:
    base = directories("pids")["pids"]
    shell = IN_SHELL.format(f"{base}/nslab-bench-{os.getpid()}")

    def ours() -> None:
        with nslab.Cgroup("pids") as group:
            group.run(["true"])

    # Kept open, as a notebook's is by its first group.
    with nslab.Cgroup("pids"):
        times = medians(ours, lambda: subprocess.run(["sh", "-c", shell], check=True))
    return ratio("a cgroup made, a command run in it, removed / the same in shell", *times, bound=2.0)
