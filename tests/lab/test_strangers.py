"""Nobody is harmed: not by numbers that mean other processes elsewhere, nor by who cannot see that a session lives."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from nslab.linux import cgroupfs
from tests.lab.strangers import DONE, KINDS, OF_CGROUPS

ROOT = Path(__file__).resolve().parents[2]
NEST = """
set -e
mount -t tmpfs strangers /srv
mkdir -m 755 /srv/project
mount --bind "$1" /srv/project
[ "$2" = 0 ] && mount -t tmpfs none /run || mount -t tmpfs none /tmp
cd /srv/project
shift 2
exec env -u NSLAB_SESSION -u XDG_RUNTIME_DIR HOME=/tmp PYTHONPATH=/srv/project PYTHONDONTWRITEBYTECODE=1 "$@"
"""
"""What is registered of sessions is private, and the project is where every user can read it."""
FOREIGN = {"pid", "user-pid", "time-pid", "no-proc"}
"""Where /proc is another pid namespace's, or none."""


PURE_V2 = set(cgroupfs.mount_points()) == {""}
"""Whether this is the tier of cgroups on a kernel with nothing but v2: what has none was seen on the machine's own."""
ASKED = [kind for kind in KINDS if kind in OF_CGROUPS or not PURE_V2]
COMMANDS = [name for name in DONE if name != "demo" or not PURE_V2]


def possible(kind):
    return ("time" not in kind or os.path.exists("/proc/self/ns/time")) and (kind != "other-user" or os.geteuid() == 0)


@pytest.fixture(scope="module")
def seen():
    """Kind → what came of it, and what was said. All of them beside the same two hundred."""
    python = "/srv/project/.venv/bin/python" if (ROOT / ".venv/bin/python").exists() else sys.executable
    as_root = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    assert shutil.which("unshare"), "sudo apt-get install util-linux"
    done = subprocess.run(
        ["unshare", *as_root, "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child", "--mount-proc",
         "sh", "-c", NEST, "nest", str(ROOT), str(os.geteuid()), python, "-m", "tests.lab.strangers",
         ",".join(filter(possible, ASKED)), ",".join(COMMANDS)],
        capture_output=True, text=True, timeout=500, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    return {"": done.stderr, **{line["kind"]: line for line in lines}}


@pytest.mark.timeout(520)
@pytest.mark.parametrize("kind", ASKED)
def test_nobody_is_harmed(seen, kind):
    if not possible(kind):
        pytest.skip("this kernel has no time namespaces, or this user is no other")
    assert kind in seen, seen[""]
    assert seen[kind]["killed"] == 0
    assert seen[kind]["lives"][:2] == ["lives\n", True]
    assert seen[kind]["lives"][2] in ("none", "yes\n")
    assert list(seen[kind]["said"]) == COMMANDS
    for command, (status, text) in seen[kind]["said"].items():
        if (kind, command) == ("no-proc", "demo"):
            continue  # what a demo says without /proc is not of this test; nobody is harmed by it
        assert status in (0, 69), f"{command}: {status}\n{text}"
        assert "Traceback" not in text, f"{command}:\n{text}"
        if kind in FOREIGN:
            assert status == 69, text
            assert "--mount-proc" in text, text
    assert "Ended" not in seen[kind]["said"]["clean"][1]
