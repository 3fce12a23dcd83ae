"""The container by hand: short, and it behaves as ours does in what it does."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from nslab.container import byhand
from nslab.linux import cgroupfs
from tests.container.behaviours import CAPABILITIES, NAMESPACES, PROC, Row

LINES = 120
OTHERWISE = {
    "the first process has number 1": "2",
    "no other process is to be seen": "2",
    "its own host name": "by-hand",
}
"""What its init makes otherwise: the command is the second process."""
LEFT_OUT = {"no message queue of the machine", "no shared memory of the machine", "its network has lo alone",
            "/sys/firmware has nothing", "/sys is read-only", "/sys cannot be written",
            "/proc has no programs, devices and set-user-ID"}  # fmt: skip
"""What it does not make: /sys, /dev/shm and /dev/mqueue."""


@pytest.mark.pure
def test_it_can_be_read_in_one_go():
    assert len(Path(byhand.__file__).read_text().splitlines()) <= LINES


def run(root: str, script: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "nslab.container.byhand", root, "/bin/sh", "-c", script]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, stdin=subprocess.DEVNULL)


@pytest.mark.parametrize("row", [row for row in (*NAMESPACES, *PROC, *CAPABILITIES) if row.what not in LEFT_OUT],
                         ids=lambda row: row.what.replace(" ", "-"))  # fmt: skip
def test_it_behaves(root, row: Row):
    said = run(root, row.ask)
    assert re.fullmatch(OTHERWISE.get(row.what, row.wanted), said.stdout.rstrip("\n")), said


def test_it_ends_as_the_command_does_and_leaves_nothing(root):
    assert run(root, "exit 7").returncode == 7
    assert not [each for point in cgroupfs.mount_points().values() for each in os.listdir(point) if "by-hand" in each]


def test_its_limits_hold(root):
    point = next(iter(cgroupfs.mount_points().values()))
    if not os.access(point, os.W_OK):
        pytest.skip(f"this user may make no cgroup in {point}")
    assert "Cannot fork" in run(root, "for i in 1 2 3 4 5 6 7 8 9 a b c d e f g h i j k l; do sleep 1 & done").stderr
