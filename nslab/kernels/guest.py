"""What runs in a second kernel: does one experiment after another, as it is told to on its console.

A line on the console is the number of a request. `request-N.json` beside init.sh says which function to call with which
options; `answer-N.json` is what came of it, and the same line goes back when that is written.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from nslab.kernels.answers import answer
from nslab.lab.client.host import host
from nslab.linux import cgroupfs, files, mount

HERE = Path("/media/nslab")
"""Where init.sh has mounted the directory that this kernel shares with the machine."""
OFF = "off"
"""The line that ends this kernel."""


def main() -> None:
    importlib.import_module("nslab.experiment.run")
    print("ready", flush=True)
    for line in sys.stdin:
        if line.strip() == OFF:
            break
        number = int(line)
        said = answer(json.loads((HERE / f"request-{number}.json").read_text(encoding="utf-8")), _mounted)
        (HERE / f"answer-{number}.json").write_text(json.dumps(said), encoding="utf-8")
        print(number, flush=True)
    files.write("/proc/sysrq-trigger", "o")


@contextlib.contextmanager
def _mounted(subject: str) -> Iterator[None]:
    """Have a subsystem of v1 mounted while its own demo runs; at other times it is free, for the rules of mounting."""
    point = f"/sys/fs/cgroup/{subject}"
    attached = {name for hierarchy in cgroupfs.paths() for name in hierarchy.split(",")}
    if subject not in cgroupfs.subsystems() or subject in attached or "" in cgroupfs.mount_points():
        yield
        return
    files.mkdir(point)
    cgroupfs.mount_hierarchy(subject, point)
    try:
        yield
    finally:
        host().close()  # with the session its last cgroup goes, which would keep the hierarchy
        mount.umount(point)
        cgroupfs.remove(point)


if __name__ == "__main__":
    os.chdir("/")
    main()
