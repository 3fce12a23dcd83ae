"""Threaded cgroups that a dead session left: their files say EOPNOTSUPP where others list processes (cgroups(7))."""

from __future__ import annotations

import os
import subprocess

import pytest

from nslab.lab.upkeep import cgroup_cleanup, session
from nslab.linux import cgroupfs, files


@pytest.mark.skipif(os.geteuid() != 0 or "" not in cgroupfs.mount_points(), reason="needs v2, and root")
def test_they_are_removed_with_what_runs_in_them():
    dead = subprocess.Popen(["true"])
    dead.wait()
    name = f"{dead.pid}-1-{session.namespace()}-{session.token()}"
    top = f"{cgroupfs.mount_points()['']}/{cgroup_cleanup.directory_name(name)}"
    for directory in (top, f"{top}/domain", f"{top}/domain/threads"):
        os.mkdir(directory)
    files.write(f"{top}/domain/threads/cgroup.type", "threaded")
    inside = subprocess.Popen(["sleep", "1000"], env={**os.environ, session.ENV: name})
    try:
        cgroupfs.add(f"{top}/domain", inside.pid)
        with pytest.raises(OSError, match="Operation not supported"):
            cgroupfs.members(f"{top}/domain/threads")
        cgroup_cleanup.clean()
        assert not os.path.exists(top)
        assert inside.wait(10) != 0
    finally:
        inside.kill()
        inside.wait()
