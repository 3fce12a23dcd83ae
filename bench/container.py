"""A container with all eight namespaces, an overlay root, limits, dropped capabilities and a filter: started, /bin/true
run in it, and removed, against `runc run` and `podman run` of the same root. And a layer unpacked, against tar(1).
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.side_by_side import NotHere, medians, ratio
from nslab.container import profile, rootfs
from nslab.container.container import Container
from nslab.container.image import unpack
from nslab.lab.upkeep.cgroup_cleanup import wait_until
from nslab.linux import cgroupfs

LAYER = 100 << 20
"""Bytes of the layer that is unpacked."""
FILES = 200
PODMANS = "libpod_parent"
"""The cgroup that podman makes its own in."""


@contextlib.contextmanager
def _removing(name: str) -> Iterator[None]:
    """Remove the cgroups of a name that were not there before: podman leaves its own, empty ones behind."""
    there = {f"{point}/{name}" for point in cgroupfs.mount_points().values()}
    new = {each for each in there if not os.path.exists(each)}
    yield
    # podman's monitor of the last container is in it for a moment longer.
    assert wait_until(lambda: all(map(_is_removed, new)), 10)


def _is_removed(top: str) -> bool:
    """Remove a cgroup and those in it, as far as they are empty; whether none of it is left."""
    for directory in cgroupfs.tree(top) if os.path.exists(top) else ():
        with contextlib.suppress(OSError):  # somebody is in it still
            cgroupfs.remove(directory)
    return not os.path.exists(top)


def measure() -> list[dict[str, Any]]:
    if os.geteuid() != 0:
        raise NotHere("the comparison with runtimes needs root: sudo make bench")
    with tempfile.TemporaryDirectory(prefix="nslab-bench-") as path:
        top = Path(path)
        rootfs.make(top / "rootfs")
        container = Container(top / "rootfs", memory_max="64M", pids_max=50)
        found = []
        for runtime, bound in (("runc", 0.6), ("podman", 0.3)):
            if not shutil.which(runtime):
                print(f"container: {runtime} is not here, and is not compared with: sudo apt-get install {runtime}")
                continue
            with _removing(PODMANS):
                theirs = _RUN[runtime](top)
                ours, others = medians(lambda: _true(container), theirs, rounds=15)
            found.append(ratio(f"container started, /bin/true run in it, removed / {runtime} run", ours, others, bound))
        return [*found, _unpacked(top)]


def _true(container: Container) -> None:
    assert container.run(["/bin/true"]).status == 0


def _runc(top: Path) -> Any:
    bundle = top / "bundle"
    bundle.mkdir()
    subprocess.run(["runc", "spec", "--bundle", bundle], check=True)
    file = bundle / "config.json"
    config = json.loads(file.read_text())
    config["process"].update(args=["/bin/true"], terminal=False)
    names = sorted(profile.CAPABILITIES)
    config["process"]["capabilities"] = dict.fromkeys(("bounding", "permitted", "effective"), names)
    config["root"] = {"path": str(top / "rootfs"), "readonly": True}
    config["linux"]["namespaces"].append({"type": "cgroup"})
    config["linux"]["resources"] |= {"memory": {"limit": 64 << 20}, "pids": {"limit": 50}}
    config["linux"]["seccomp"] = {
        "defaultAction": "SCMP_ACT_ALLOW",
        "syscalls": [{"names": list(profile.DENIED), "action": "SCMP_ACT_ERRNO"}],
    }
    file.write_text(json.dumps(config))
    name = f"nslab-bench-{os.getpid()}"
    return lambda: subprocess.run(["runc", "run", "--bundle", bundle, name], check=True)


def _podman(top: Path) -> Any:
    """The way of podman that runs on hybrid machines as well: by runc, with cgroups that it makes itself."""
    manage = ["podman", "--runtime", "runc", "--cgroup-manager=cgroupfs"]
    limits = ["--memory=64m", "--pids-limit=50", "--ulimit=nofile=1024:1024", "--ulimit=nproc=1024:1024"]
    command = [*manage, "run", "--rm", "--network=none", *limits, "--rootfs", f"{top / 'rootfs'}:O", "/bin/true"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise NotHere(f"podman does not run here: {done.stderr.strip().splitlines()[-1]}")
    return lambda: subprocess.run(command, check=True, capture_output=True)


_RUN = {"runc": _runc, "podman": _podman}


def _unpacked(top: Path) -> dict[str, Any]:
    layer = top / "layer.tar"
    content = top / "content"
    content.write_bytes(os.urandom(LAYER // FILES))
    with tarfile.open(layer, "w") as archive:
        for number in range(FILES):
            archive.add(content, f"dir-{number % 10}/file-{number}")

    def ours() -> None:
        unpack(layer, top / "ours")
        shutil.rmtree(top / "ours")

    def theirs() -> None:
        (top / "theirs").mkdir()
        subprocess.run(["tar", "-x", "-f", layer, "-C", top / "theirs"], check=True)
        shutil.rmtree(top / "theirs")

    return ratio("layer of 100 MB unpacked / tar -x", *medians(ours, theirs, rounds=5), bound=1.5)
