"""Controllers that programs beside one another switch on in v2: the last of them takes them back, and only then."""

from __future__ import annotations

import os
import subprocess

import pytest

from nslab.linux import cgroupfs, files
from tests.cgroups.conftest import PURE_V2

pytestmark = pytest.mark.skipif(not PURE_V2, reason="v1 withholds no controller")
PROGRAMS = f"lent-{os.getpid()}"


@pytest.fixture
def above():
    """Where this user may make cgroups, as it was afterwards."""
    (directory,) = cgroupfs.places(("pids",))
    before = cgroupfs.controllers(directory, "subtree_control"), sorted(os.listdir(directory))
    yield directory
    assert (cgroupfs.controllers(directory, "subtree_control"), sorted(os.listdir(directory))) == before


def given(above):
    return set(cgroupfs.controllers(above, "subtree_control"))


def box(above, number):
    directory = f"{above}/{PROGRAMS}-{number}"
    cgroupfs.make(directory)
    cgroupfs.lend(above, ("memory", "pids"), PROGRAMS)
    return directory


def end(above, directory):
    cgroupfs.remove(directory)
    cgroupfs.take_back(above, PROGRAMS)


@pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user's own processes are where he may make cgroups")
def test_the_last_takes_back_what_the_first_has_switched_on(above):
    before = given(above)
    one, two = box(above, 1), box(above, 2)
    assert given(above) == before | {"memory", "pids"}
    end(above, one)
    assert os.path.exists(f"{two}/pids.max")
    end(above, two)
    assert given(above) == before


@pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user's own processes are where he may make cgroups")
def test_what_was_given_before_stays_given(above):
    cgroupfs.lend(above, ("pids",), f"others-{os.getpid()}")
    end(above, box(above, 1))
    assert "pids" in given(above)
    cgroupfs.take_back(above, f"others-{os.getpid()}")


@pytest.mark.parametrize("wanted", [("memory", "pids"), ("pids",)], ids="-".join)
def test_where_processes_are_nothing_is_given_and_more_may_be_put_below(above, wanted):
    full, below = f"{above}/{PROGRAMS}-full", f"{above}/{PROGRAMS}-full/{PROGRAMS}-1"
    one, two = (subprocess.Popen(["sleep", "99"]) for _ in range(2))
    cgroupfs.make(full)
    cgroupfs.lend(above, ("memory", "pids"), f"others-{os.getpid()}")
    try:
        cgroupfs.add(full, one.pid)
        cgroupfs.make(below)
        cgroupfs.lend(full, wanted, PROGRAMS)
        assert given(full) == set()
        cgroupfs.add(below, two.pid)
        assert f"{PROGRAMS}-1" in files.read(f"/proc/{two.pid}/cgroup")
    finally:
        for each in (one, two):
            each.kill()
            each.wait()
        cgroupfs.remove(below)
        cgroupfs.remove(full)
        cgroupfs.take_back(above, f"others-{os.getpid()}")
