"""Nobody is harmed: not by numbers that mean other processes elsewhere, nor by who cannot see that a session lives."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.lab.strangers import KINDS

ROOT = Path(__file__).resolve().parents[2]
NEST = """
set -e
mount -t tmpfs strangers /media
mkdir -m 755 /media/project
mount --bind "$1" /media/project
mkdir -m 700 /media/run
shift
[ "$1" = 0 ] || mount -t tmpfs none /tmp
[ "$1" != 0 ] || mount -t tmpfs none /run
cd /media/project
shift
exec env -u NSLAB_SESSION -u XDG_RUNTIME_DIR HOME=/tmp PYTHONPATH=/media/project PYTHONDONTWRITEBYTECODE=1 "$@"
"""
FOREIGN = {"pid", "user-pid", "time-pid", "no-proc"}
"""Where /proc is another pid namespace's, or none."""


@pytest.mark.timeout(180)
@pytest.mark.parametrize("kind", KINDS)
def test_nobody_is_harmed(kind):
    if "time" in kind and not os.path.exists("/proc/self/ns/time"):
        pytest.skip("this kernel has no time namespaces")
    if kind == "other-user" and os.geteuid() != 0:
        pytest.skip("an ordinary user has no other user")
    python = "/media/project/.venv/bin/python" if (ROOT / ".venv/bin/python").exists() else sys.executable
    as_root = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    assert shutil.which("unshare"), "sudo apt-get install util-linux"
    done = subprocess.run(
        ["unshare", *as_root, "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child", "--mount-proc",
         "sh", "-c", NEST, "nest", str(ROOT), str(os.geteuid()), python, "-m", "tests.lab.strangers", kind],
        capture_output=True, text=True, timeout=170, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    seen = json.loads(done.stdout.splitlines()[-1])
    assert seen["killed"] == 0
    assert seen["lives"] == ["lives", True, seen["lives"][2]]
    assert seen["lives"][2] in (True, "yes")
    for command, (status, text) in seen["said"].items():
        if (kind, command) == ("no-proc", "demo"):
            continue  # what a demo says without /proc is not of this test; nobody is harmed by it
        assert status in (0, 69), f"{command}: {status}\n{text}"
        assert "Traceback" not in text, f"{command}:\n{text}"
        if kind in FOREIGN and command != "ps":
            assert status == 69, text
            assert "--mount-proc" in text, text
    assert "Ended" not in seen["said"]["clean"][1]
