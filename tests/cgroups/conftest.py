"""What the tests of cgroups share: which kernel this is, and what a demo that it cannot run has to say."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from nslab.cgroups.core.mounts import LOCK
from nslab.errors import Unsupported
from nslab.lab.client.host import host
from nslab.lab.upkeep import session
from nslab.lab.upkeep.cgroup_cleanup import wait_until
from nslab.linux import cgroupfs, process
from nslab.linux.flocks import flocks
from tests import leftovers

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


def new_hierarchies(before: set[str]) -> set[str]:
    """Hierarchies that were not there, without those that others have for the time of a demo.

    Who attaches subsystems holds a lock, and a hierarchy without any carries the name of its session.
    """
    new = set(cgroupfs.paths()) - before
    if set(flocks(LOCK).holding) - {os.getpid(), *process.descendants(os.getpid())}:
        new = {each for each in new if each.startswith("name=")}
    return {each for each in new if not _is_others(each)}


def _is_others(hierarchy: str) -> bool:
    named = leftovers.OF_A_SESSION.search(hierarchy)
    return named is not None and f"nslab-{host().session}" not in hierarchy and session.alive(named[1])


@pytest.fixture(autouse=True)
def _nothing_is_left(request):
    """No test leaves a cgroup of this session, or a hierarchy that was not there."""
    if request.node.get_closest_marker("pure"):
        yield
        return
    before = set(cgroupfs.paths())
    yield
    wait_until(lambda: not ours() and not new_hierarchies(before), 20)
    assert ours() == []
    assert new_hierarchies(before) == set()
