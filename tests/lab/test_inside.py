"""nslab used inside a sandbox of nslab's: it works there, and leaves what is outside alone."""

import os
import sys

import pytest

import nslab
from nslab.lab.client.host import host
from nslab.lab.upkeep import registry, session

NSLAB = [sys.executable, "-m", "nslab"]


@pytest.mark.parametrize("kinds", [["uts"], ["user"], ["pid", "mnt"], ["user", "pid", "mnt"]], ids="-".join)
def test_a_demo_runs_inside_and_the_outer_sessions_live_on(kinds):
    with nslab.Sandbox(**dict.fromkeys(kinds, True), name="outer") as box:
        assert box.run([*NSLAB, "demo", "uts", "--only", "rename"]).status == 0
        assert box.run([*NSLAB, "clean"]).stdout == "Nothing was left behind.\n"
        assert host().session in registry.sessions()
        assert "outer" in [e.name for e in registry.entries()]
        assert box.run("true").status == 0


def test_a_session_of_a_pid_namespace_that_is_gone_is_dead():
    with nslab.Sandbox(pid=True) as box:
        name = f"1-1-{box.ns['pid']}"
        assert session.alive(name)
    assert session.alive(name) == (session.namespace() != session.INITIAL)


def test_names_that_are_none_are_dead():
    for name in ("", "-", "x", "1", "1-2", f"{os.getpid()}-1", "a-b-c"):
        assert not session.alive(name)
    assert session.alive(session.name_of(os.getpid()))
