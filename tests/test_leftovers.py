"""What a test leaves on the machine makes the run fail, also where several processes run the tests."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import nslab
from nslab.lab.upkeep import cgroup_cleanup
from nslab.linux import cgroupfs
from tests import leftovers
from tests.times import ENV

ROOT = Path(__file__).resolve().parents[1]
LEAKS = """
import os, subprocess
import pytest
from nslab.linux import mount

def leave_a_process():
    subprocess.run("setsid sleep 1000.5 >/dev/null 2>&1 &", shell=True)

def leave_a_file():
    open({file!r}, "w").close()

def leave_a_cgroup():
    os.mkdir({cgroup!r})

def leave_a_mount():
    mount.mount("nslab", "/mnt", "tmpfs")

def leave_a_name():
    subprocess.run(["hostname", "another"], check=True)

def leave_an_object():
    subprocess.run(["ipcmk", "-Q"], check=True)

@pytest.mark.parametrize("leave", {leave})
def test_it_leaves_something(leave):
    globals()[leave]()

@pytest.mark.parametrize("n", range(6))
def test_it_leaves_nothing(n):
    pass
"""
USERS = {"processes": "leave_a_process", "files": "leave_a_file"}
ROOTS = {"cgroups": "leave_a_cgroup", "mounts": "leave_a_mount", "names": "leave_a_name",
         "System V objects": "leave_an_object"}  # fmt: skip

pytestmark = pytest.mark.long


def run(directory, leave, *options):
    """Run such tests by pytest, and end what they left; return its status and what it said."""
    file, cgroup = f"/tmp/nslab-c-{os.getpid()}", f"{next(iter(cgroupfs.mount_points().values()))}/nslab-{os.getpid()}"
    tests = directory / "test_leaks.py"
    tests.write_text(LEAKS.format(leave=leave, file=file, cgroup=cgroup))
    argv = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "tests.conftest", *options]
    how = ["-c", str(ROOT / "pyproject.toml"), "--rootdir", str(directory), str(tests)]
    environment = {name: value for name, value in os.environ.items() if name != ENV}
    if leave:
        # It is waited for in vain.
        environment["NSLAB_TESTS_GOING"] = "3"
    done = subprocess.run([*argv, *how], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=100)
    for pid in re.findall(r"(\d+) sleep 1000\.5", done.stdout):
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(pid), signal.SIGKILL)
    with contextlib.suppress(FileNotFoundError):
        os.remove(file)
    with contextlib.suppress(FileNotFoundError):
        os.rmdir(cgroup)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("options", [[], ["-n", "2"]], ids=["alone", "side by side"])
def test_what_is_left_is_told(options, tmp_path, as_root):
    wanted = USERS | (ROOTS if as_root else {})
    status, said = run(tmp_path, list(wanted.values()), *options)
    assert status == pytest.ExitCode.TESTS_FAILED, said
    assert f"{len(wanted) + 6} passed" in said
    told = " ".join(re.findall(r"left on the machine: .*|left this on the machine: .*", said))
    for kind in wanted:
        assert f"{kind}: " in told, said
    if options:
        # What others see, too, the process sees that has started the workers.
        assert "the workers left this on the machine: processes: " in said


@pytest.mark.parametrize("options", [[], ["-n", "2"]], ids=["alone", "side by side"])
def test_who_leaves_nothing_passes(options, tmp_path):
    status, said = run(tmp_path, [], *options)
    assert status == 0, said


@pytest.mark.pure
def test_what_is_kept_for_nslab_log_is_not_left(tmp_path):
    for name in ("nslab-log-65534", "nslab-65534", "another"):
        (tmp_path / name).mkdir()
    assert leftovers._called(str(tmp_path), ("nslab",)) == [f"{tmp_path}/nslab-65534"]


@pytest.mark.skipif(os.geteuid() != 0, reason="makes network interfaces of the machine's")
def test_an_interface_is_a_containers_where_its_other_end_is():
    """Also where the number of that end, which is of another namespace, is one of the machine's, too."""
    name = f"nslab{os.getpid()}"
    link = ["ip", "link", "add", f"{name}a", "type", "veth", "peer", "name"]
    with nslab.clone(time.sleep, nslab.CLONE_NEWNET, args=(1000,), stream=False) as child:
        subprocess.run([*link, "eth0", "netns", str(child.pid)], check=True)
        assert Path(f"/sys/class/net/{name}a").exists()
        assert f"{name}a" not in leftovers._links()
    assert cgroup_cleanup.wait_until(lambda: not Path(f"/sys/class/net/{name}a").exists(), 20)
    subprocess.run([*link, f"{name}b"], check=True)
    try:
        assert {f"{name}a", f"{name}b"} <= set(leftovers._links())
    finally:
        subprocess.run(["ip", "link", "delete", f"{name}a"], check=True)
