"""nslab used inside a sandbox of nslab's: it works there, and leaves what is outside alone."""

import os
import sys

import pytest

import nslab
from nslab.lab.client.host import host
from nslab.lab.upkeep import cgroup_cleanup, registry, session

OUTER = f"outer-{os.getpid()}"

NSLAB = [sys.executable, "-m", "nslab"]


@pytest.mark.parametrize("kinds", [["uts"], ["user"], ["pid", "mnt"], ["user", "pid", "mnt"]], ids="-".join)
def test_a_demo_runs_inside_and_the_outer_sessions_live_on(kinds):
    with nslab.Sandbox(**dict.fromkeys(kinds, True), name=OUTER) as box:
        assert box.run([*NSLAB, "demo", "uts", "--only", "rename"]).status == 0
        assert box.run([*NSLAB, "clean"]).stdout == "Nothing was left behind.\n"
        assert host().session in registry.sessions()
        assert OUTER in [e.name for e in registry.entries()]
        assert box.run("true").status == 0


def test_a_session_of_a_pid_namespace_that_is_gone_is_dead():
    with nslab.Sandbox(pid=True) as box:
        name = f"1-1-{box.ns['pid']}"
        assert session.alive(name)
    # Another's namespace may get the same number at once, and keeps it for a while.
    outermost = session.namespace() == session.INITIAL
    assert cgroup_cleanup.wait_until(lambda: session.dead(name), 10 if outermost else 0.1) == outermost


def test_names_that_are_none_are_neither_alive_nor_dead():
    """So nothing of that name is nslab's to remove."""
    for name in ("", "-", "x", "1", "1-2", f"{os.getpid()}-1", "a-b-c", "0-1-2", f"1-2-{'3' * 5000}", "٣-1-2"):
        assert not session.alive(name)
        assert not session.dead(name)
    assert session.alive(host().session)
    for name in (f"{os.getpid()}-1-{session.namespace()}", f"{os.getpid()}-1-{session.namespace()}-{session.token()}"):
        assert session.dead(name)
        assert not session.alive(name)
