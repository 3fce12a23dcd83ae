"""The tests once more as an ordinary user, when this run is root's."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from nslab.lab.upkeep import cgroup_cleanup
from nslab.linux import cgroupfs, files
from tests import leftovers

ROOT = Path(__file__).resolve().parents[1]
UID = "1234"
NOT = ("browser", "cgroups", "show", "course", "test_ordinary_user.py")
"""What has no user, or (the second) is shown as one by tests/v2."""
TESTS = (*(f"--ignore=tests/{name}" for name in NOT), "tests", "tests/cgroups/test_group.py",
         "tests/cgroups/test_pids.py")  # fmt: skip
HIS = "not pure and not any_user"
"""What may be otherwise for him than for root."""
LESSONS = "--ignore=tests/test_notebooks.py"
RUNS = {
    "side by side": ("-n", "logical", "--maxprocesses", "4", "-m", f"{HIS} and not measured", LESSONS, *TESTS),
    "what measures": ("-m", f"{HIS} and measured", LESSONS, *TESTS),
    "the lessons": ("-m", HIS, "tests/test_notebooks.py"),
}
"""What measures is alone, and so are the lessons: the weight of a delegated cgroup counts below its parent alone."""
BY_ROOT = """
set -e
mount -t tmpfs as-user /media
mkdir -m 755 /media/project /media/home
mount --bind "$1" /media/project
chown {uid}:{uid} /media/home
for group in $DELEGATED; do echo $$ >"$group/cgroup.procs"; done
cd /media/project
shift
exec setpriv --reuid={uid} --regid={uid} --clear-groups \
    env -u XDG_RUNTIME_DIR -u NSLAB_SESSION -u PYTEST_XDIST_WORKER HOME=/media/home \
    TMPDIR=/media/home PYTHONPATH=/media/project PYTHONDONTWRITEBYTECODE=1 \
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"
"""


@pytest.fixture
def delegated():
    """A cgroup in each hierarchy that belongs to the user, as an administrator (or systemd) would hand it to him."""
    made = [f"{point}/{leftovers.cgroup_of_this_run()}-user" for point in cgroupfs.mount_points().values()]
    for directory in made:
        cgroupfs.make(directory)
        for file in ("cpuset.cpus", "cpuset.mems"):
            if os.path.exists(f"{directory}/{file}"):
                files.write(f"{directory}/{file}", files.read(f"{os.path.dirname(directory)}/{file}"))
        for file in (".", "cgroup.procs", "tasks", "cgroup.threads", "cgroup.subtree_control"):
            if os.path.exists(f"{directory}/{file}"):
                os.chown(f"{directory}/{file}", int(UID), int(UID))
    yield made
    for directory in made:
        assert cgroup_cleanup.remove(directory)


@pytest.mark.long
@pytest.mark.skipif(os.geteuid() != 0, reason="this run is an ordinary user's: run it as root for both")
@pytest.mark.timeout(900)
@pytest.mark.parametrize("run", RUNS)
def test_as_an_ordinary_user(delegated, run):
    """All but the browser; the demos of cgroups in the lessons alone, as tests/v2 has their tests as such a user."""
    # The project is bound to a place that everyone can read, in a mount namespace that goes with the command.
    python = "/media/project/.venv/bin/python" if (ROOT / ".venv/bin/python").exists() else sys.executable
    assert shutil.which("setpriv"), "sudo apt-get install util-linux"
    done = subprocess.run(
        ["unshare", "--mount", "--propagation", "private", "sh", "-c", BY_ROOT.format(uid=UID), "as-user", str(ROOT),
         python, "-m", "pytest", "-q", "-p", "no:cacheprovider", *RUNS[run]],
        capture_output=True, text=True, timeout=880, stdin=subprocess.DEVNULL,
        env={**os.environ, "DELEGATED": " ".join(delegated)},
    )  # fmt: skip
    print(done.stdout[-3000:])
    failed = [line for line in done.stdout.splitlines() if line.startswith(("FAILED ", "ERROR "))]
    assert done.returncode == 0, "\n".join([*failed, done.stdout[-6000:], done.stderr[-2000:]])
