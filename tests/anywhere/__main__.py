"""`python -m tests.anywhere IMAGE [OPTIONS...]`: run every demo in every kind of container, and write the table.

IMAGE is what `podman build -t nslab .` made. OPTIONS are what this machine's podman needs by itself.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs/anywhere.md"
INSIDE = Path(__file__).with_name("inside.py")
BEGIN, END = "<!-- containers: written by python -m tests.anywhere -->", "<!-- end of containers -->"
PLACES = {
    "as it comes": [],
    "`--user root`": ["--user", "root"],
    "`--cap-add SYS_ADMIN --user root`": ["--cap-add", "SYS_ADMIN", "--user", "root"],
    "`--security-opt seccomp=unconfined`": ["--security-opt", "seccomp=unconfined"],
    "`--security-opt seccomp=unconfined --security-opt unmask=ALL`":
        ["--security-opt", "seccomp=unconfined", "--security-opt", "unmask=ALL"],
    "`--privileged`": ["--privileged"],
    "`--privileged --user root`": ["--privileged", "--user", "root"],
    "`--privileged --user root --cgroupns host`": ["--privileged", "--user", "root", "--cgroupns", "host"],
    "`--read-only --tmpfs /tmp`": ["--read-only", "--tmpfs", "/tmp"],
    "`--memory 512m`": ["--memory", "512m"],
}  # fmt: skip
"""What it is called, and podman's options for it."""
PATIENCE = 1200.0


def main(image: str, *options: str) -> None:
    found = {}
    for place, own in PLACES.items():
        began = time.monotonic()
        found[place] = tried(image, [*options, *own])
        print(f"{place}: {time.monotonic() - began:.0f} s, {found[place]}", flush=True)
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}\n\n{table(found)}\n\n{END}{rest.partition(END)[2]}", encoding="utf-8")


def tried(image: str, options: list[str]) -> dict[str, str]:
    """Demo → how it went in a container with these options."""
    command = ["podman", "run", "--rm", "--interactive", "--network", "none", *options, image, "python", "-"]
    done = subprocess.run(command, input=INSIDE.read_text(), capture_output=True, text=True, timeout=PATIENCE)
    found: dict[str, str] = {}
    for line in done.stdout.splitlines():
        found |= json.loads(line)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}: exit status {done.returncode}\n{done.stderr[-3000:]}")
    return found


def table(found: dict[str, dict[str, str]]) -> str:
    """Demo × place: "here", "second kernel", or a dash."""
    lines = [f"| | {' | '.join(found)} |", f"|---|{'---|' * len(found)}"]
    for name in next(iter(found.values())):
        cells = (place[name].partition(":")[0] for place in found.values())
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join([*lines, "", f"Tried on {time.strftime('%Y-%m-%d')}."])


if __name__ == "__main__":
    main(*sys.argv[1:])
