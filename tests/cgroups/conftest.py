"""What the tests of cgroups share: which kernel this is, and what a demo that it cannot run has to say."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import pytest

from nslab.errors import Unsupported
from nslab.lab.client.host import host
from nslab.linux import cgroupfs

PURE_V2 = set(cgroupfs.mount_points()) == {""}
"""Whether this is the tier on a kernel with nothing but v2."""
UML = "User Mode Linux" in Path("/proc/cpuinfo").read_text()
COMPLETE = os.geteuid() == 0 and not PURE_V2
"""Whether everything has to work here: this machine's own kernel, as root."""


def here(demo, *args, **kwargs):
    """The demo's Evidence; where this kernel or user cannot, what it says is checked, and the test is skipped by it."""
    try:
        return demo(*args, **kwargs)
    except Unsupported as e:
        if COMPLETE:
            raise
        said = e.to_dict()
    assert all(said.values()), "it has to say what is missing, why, and what mends it"
    pytest.skip(f"{said['unsupported']}: {said['why']}")


def load_loop() -> None:
    """User-mode Linux has its loop devices in a module, and no udev that would load it."""
    if UML and os.geteuid() == 0:
        subprocess.run(["modprobe", "loop"], check=True)


def ours() -> list[str]:
    """The directories of this process's session in the mounted hierarchies."""
    name = f"nslab-{host().session}"
    return [
        f"{where}/{name}"
        for point in cgroupfs.mount_points().values()
        for where, names, _ in os.walk(point)
        if name in names
    ]


@pytest.fixture(autouse=True)
def _nothing_is_left(request):
    """No test leaves a cgroup of this session, or a hierarchy that was not there."""
    if request.node.get_closest_marker("pure"):
        yield
        return
    before = set(cgroupfs.paths())
    yield
    # Others may attach subsystems for the time of their demo.
    deadline = time.monotonic() + 20
    while (ours() or set(cgroupfs.paths()) - before) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert ours() == []
    assert set(cgroupfs.paths()) <= before
