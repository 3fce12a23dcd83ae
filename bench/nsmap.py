"""ns_map() with 500 extra processes in 100 sandboxes, against `lsns -J`."""

from __future__ import annotations

import subprocess
from contextlib import ExitStack
from typing import Any

import nslab
from bench.side_by_side import medians, ratio

SANDBOXES, PROCESSES = 100, 5


def measure() -> list[dict[str, Any]]:
    with ExitStack() as stack:
        boxes = [stack.enter_context(nslab.Sandbox(uts=True, ipc=True, pid=True)) for _ in range(SANDBOXES)]
        for box in boxes:
            box.run(f"for i in $(seq {PROCESSES}); do sleep 1000 >/dev/null 2>&1 & done")
        ours, theirs = medians(nslab.ns_map, lambda: subprocess.run(["lsns", "-J"], check=True, capture_output=True))
    return [
        ratio(
            f"ns_map(), {SANDBOXES * PROCESSES} processes in {SANDBOXES} sandboxes / lsns -J", ours, theirs, bound=1.0
        )
    ]
