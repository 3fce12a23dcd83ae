"""A sandbox started, one command run in it and torn down, against `runc run` of an equal bundle."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nslab
from bench.side_by_side import NotHere, medians, ratio

KINDS = {"pid": "pid", "net": "network", "ipc": "ipc", "uts": "uts", "mnt": "mount", "cgroup": "cgroup"}


def measure() -> list[dict[str, Any]]:
    if os.geteuid() != 0 or not shutil.which("runc"):
        raise NotHere("the comparison with runc needs root and runc: sudo apt-get install runc, then sudo make bench")
    with bundle() as path:
        count = iter(range(1_000_000))
        ours, theirs = medians(
            sandbox,
            lambda: subprocess.run(
                ["runc", "run", "--bundle", path, f"nslab-bench-{os.getpid()}-{next(count)}"], check=True
            ),
        )
    return [ratio("sandbox started, /bin/true run in it, torn down / runc run", ours, theirs, bound=0.4)]


def sandbox() -> None:
    with nslab.Sandbox(**dict.fromkeys(KINDS, True)) as box:
        assert box.run(["/bin/true"]).status == 0


@contextmanager
def bundle() -> Iterator[str]:
    """An OCI bundle with the same namespaces, whose programs are this machine's own, read-only."""
    with tempfile.TemporaryDirectory(prefix="nslab-bench-") as path:
        subprocess.run(["runc", "spec", "--bundle", path], check=True)
        root = Path(path, "rootfs")
        root.mkdir()
        (root / "usr").mkdir()
        for name in ("bin", "lib", "lib64", "sbin"):
            if Path("/", name).is_symlink():
                (root / name).symlink_to(os.readlink(f"/{name}"))
        config_file = Path(path, "config.json")
        config = json.loads(config_file.read_text())
        config["process"].update(args=["/bin/true"], terminal=False)
        config["linux"]["namespaces"] = [{"type": kind} for kind in KINDS.values()]
        config["mounts"].append({"destination": "/usr", "source": "/usr", "type": "bind", "options": ["rbind", "ro"]})
        config_file.write_text(json.dumps(config))
        yield path
