"""The same tests once more as an ordinary user, when this run is root's."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
UID = "1234"
BY_ROOT = """
set -e
mount -t tmpfs as-user /media
mkdir -m 755 /media/project /media/home
mount --bind "$1" /media/project
chown {uid}:{uid} /media/home
cd /media/project
shift
exec setpriv --reuid={uid} --regid={uid} --clear-groups env -u XDG_RUNTIME_DIR -u NSLAB_SESSION HOME=/media/home \
    TMPDIR=/media/home PYTHONPATH=/media/project PYTHONDONTWRITEBYTECODE=1 \
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="this run is an ordinary user's: run it as root for both")
@pytest.mark.timeout(600)
def test_everything_but_the_browser_as_an_ordinary_user():
    # The project is bound to a place that everyone can read, in a mount namespace that goes with the command.
    python = "/media/project/.venv/bin/python" if (ROOT / ".venv/bin/python").exists() else sys.executable
    assert shutil.which("setpriv"), "sudo apt-get install util-linux"
    done = subprocess.run(
        ["unshare", "--mount", "--propagation", "private", "sh", "-c", BY_ROOT.format(uid=UID), "as-user", str(ROOT),
         python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--ignore=tests/browser", "tests"],
        capture_output=True, text=True, timeout=580, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    print(done.stdout[-3000:])
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
