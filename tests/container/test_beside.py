"""The same root by nslab and by the runtimes that are installed; nothing of them stays."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest

from nslab.container import beside
from nslab.container.compare import compare
from nslab.lab.client.host import host
from nslab.lab.upkeep import cgroup_cleanup
from nslab.linux import cgroupfs, files, process


@pytest.mark.long
def test_all_that_are_installed_run_or_say_why_not_and_none_stays(root):
    with beside.beside(root) as found:
        assert set(found.pids) | set(found.missing) == {"nslab", *beside.RUNTIMES}
        assert all(process.arguments(pid) == beside.STAY for pid in found.pids.values())
        assert all(0 < each < beside.PATIENCE for each in found.seconds.values())
        assert all(found.missing.values())
        for name in set(beside.RUNTIMES) - set(found.pids):
            assert shutil.which(name) or found.missing[name] == f"sudo apt-get install {name}"
        if os.geteuid() == 0 and shutil.which("runc"):
            (line,) = [
                each
                for each in compare(found.pids["nslab"], found.pids["runc"]).of("privileges").lines
                if each.fact == "no_new_privs"
            ]
            assert line.values == (True, True)
    # Who started it asks for its end a moment later.
    assert cgroup_cleanup.wait_until(lambda: not any(map(process.runs, found.pids.values())))
    name = cgroup_cleanup.directory_name(host().session)
    for point in cgroupfs.mount_points().values():
        assert not [each for each in cgroupfs.tree(f"{point}/{name}") if "beside" in each]


def test_a_runtime_that_is_not_installed_is_named_with_what_installs_it(root, monkeypatch):
    monkeypatch.setattr(beside.shutil, "which", lambda name: None)
    with beside.beside(root) as found:
        assert list(found.pids) == ["nslab"]
        assert found.missing["crun"] == "sudo apt-get install crun"
        assert "podman: not here: sudo apt-get install podman" in repr(found)
    assert not process.runs(found.pids["nslab"])


def test_a_root_that_is_none_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="no such directory"), beside.beside(tmp_path / "none"):
        pass


@pytest.mark.long
@pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user starts ours alone")
def test_a_kill_leaves_nothing(root):
    program = f"""
import os, signal
from nslab.container.beside import beside
with beside({root!r}) as found:
    print(*found.pids.values(), flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""
    mounts = files.read("/proc/self/mountinfo")
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    pids = list(map(int, done.stdout.split()))
    assert done.returncode == -9
    assert pids, done.stderr
    assert cgroup_cleanup.wait_until(lambda: not any(map(process.runs, pids)), 30)
    tops = list(cgroupfs.mount_points().values())
    assert cgroup_cleanup.wait_until(lambda: not any("beside" in each for top in tops for each in ours(top)), 30)
    assert files.read("/proc/self/mountinfo") == mounts


def ours(top):
    """The cgroups of sessions that are there."""
    return [found for each in os.listdir(top) if each.startswith("nslab-") for found in cgroupfs.tree(f"{top}/{each}")]
