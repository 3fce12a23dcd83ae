"""kill -9 at each step of a container's start leaves nothing: no process, cgroup, mount, interface, rule, directory."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from nslab.lab.upkeep import cgroup_cleanup, registry, session
from nslab.lab.upkeep.cgroup_cleanup import wait_until
from nslab.linux import cgroupfs, mountinfo, process
from tests.container.conftest import without
from tests.container.outside import outside
from tests.container.stopped import MARK, POINTS, Stopping
from tests.container.test_network import nft, state

pytestmark = pytest.mark.long

STARTED = [sys.executable, "-m", "tests.container.stopped"]
STEPS = {"mount", "pivot_root", "umount2", "prctl", "capset", "seccomp"}
"""Calls without which there is no container, and after each of which one has to have stopped."""


def left(name: str) -> dict[str, object]:
    """What there is of a session: its processes, its cgroups, its directory."""
    here = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            if session.name_of(int(pid)) == name and process.runs(pid):
                here.append(pid)
        except OSError:
            continue
    points = list(cgroupfs.mount_points().values())
    groups = [directory for directory, whose in cgroup_cleanup.found(points) if whose == name]
    return {"processes": here, "cgroups": groups, "directory": registry.has(name)}


NOTHING: dict[str, object] = {"processes": [], "cgroups": [], "directory": False}


@pytest.fixture
def limited():
    without("pids")


@pytest.mark.timeout(300)
@pytest.mark.parametrize("who", ["the program", "all of nslab"])
def test_after_each_call_of_its_first_process(root, limited, who):
    mounts = [each.point for each in mountinfo.mounts()]
    program = subprocess.Popen([*STARTED, root], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        name, *calls = program.stdout.readline().split()
        assert set(calls) >= STEPS
        there = left(name)
        assert len(there["processes"]) > len(calls)
        assert len(there["cgroups"]) > 0
    finally:
        keeper = int(name.partition("-")[0]) if who == "all of nslab" else None
        program.kill()
        if keeper:
            os.kill(keeper, signal.SIGKILL)
        program.communicate()
    if keeper:
        # Whoever starts next finishes the work of a keeper that was killed.
        subprocess.run([sys.executable, "-m", "nslab", "clean"], check=True, capture_output=True, timeout=60)
    assert wait_until(lambda: left(name) == NOTHING, 30), left(name)
    assert [each.point for each in mountinfo.mounts()] == mounts


def test_its_first_process_alone_after_some_of_them(root):
    """The program goes on: it is told, and has nothing to clean up."""
    mounts = [each.point for each in mountinfo.mounts()]
    for after in (1, 5, 20, 40, 60):
        box = Stopping(root)
        box.after = after
        with box.start(["/bin/true"], stream=False) as child:
            assert child.heard("\n").startswith(MARK)
            child.kill()
            assert child.wait(60) == -signal.SIGKILL
    assert [each.point for each in mountinfo.mounts()] == mounts


@pytest.fixture(scope="module")
def machine():
    with outside() as both:
        yield both.machine


@nft
@pytest.mark.parametrize("point", POINTS, ids=lambda point: point.replace(" ", "-"))
def test_where_its_network_is_made(root, limited, machine, point):
    before = state(machine)
    done = machine.run([*STARTED, root, point], timeout=60)
    assert done.status == -signal.SIGKILL, done
    name = done.stdout.strip()
    assert wait_until(lambda: left(name) == NOTHING, 30), left(name)
    assert wait_until(lambda: state(machine) == before, 30), state(machine)
