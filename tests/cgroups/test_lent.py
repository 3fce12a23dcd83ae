"""Controllers that programs beside one another switch on in v2: the last of them takes them back, and only then."""

from __future__ import annotations

import os

import pytest

from nslab.linux import cgroupfs
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


@pytest.mark.skipif(os.geteuid() == 0, reason="the root of v2 may have processes beside its children")
def test_where_processes_are_nothing_is_given(above):
    before = given(above)
    one = box(above, 1)
    assert given(above) == before
    end(above, one)
