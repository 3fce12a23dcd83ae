"""What hides the cause: one error that loses a table, errors told as bad usage, advice that does not fit."""

import json
import os
import re
import shlex
import subprocess
import sys

import pytest

from nslab.lab.upkeep import cgroup_cleanup
from tests.cases.situation import NSLAB, ROOT, nslab

BREAKING = """
import sys
from nslab.course import demos
from nslab.namespaces import uts
from nslab.namespaces.uts import experiment
def broken(*_, **__): raise {error}
experiment.PARTS[0].__class__.run = broken if {inside} else experiment.PARTS[0].__class__.run
if not {inside}: uts.demo = broken
demos.ROOMS = {{"namespaces": ("uts", "ipc")}} if not {inside} else demos.ROOMS
from nslab.cli import main
main(sys.argv[1:])
"""


def broken(*argv, error, inside):
    done = subprocess.run([sys.executable, "-c", BREAKING.format(error=error, inside=inside), *argv],
                          capture_output=True, text=True, cwd=ROOT, timeout=100)  # fmt: skip
    assert "Traceback" not in done.stdout + done.stderr, done.stderr
    return done


@pytest.mark.parametrize("error", ["ValueError('a strange line')", "KeyError('x')", "OSError(5, 'the disk is broken')"])
def test_case_33_one_error_does_not_lose_the_table(error):
    done = broken("demo", "all", error=error, inside=False)
    words = " ".join(done.stdout.split())
    assert "ipc" in words
    assert "✓ holds" in words
    if "OSError" in error:
        assert "the disk is broken" in words
        assert done.returncode == 0
    else:
        assert "ended by an error" in words
        assert done.returncode == 1


@pytest.mark.parametrize("error", ["ValueError('a strange line')", "TypeError('hostname= is strange')"])
def test_case_33_an_error_from_inside_is_no_bad_usage(error):
    done = broken("demo", "uts", "--set", "hostname=web-2", error=error, inside=True)
    assert done.returncode == 70
    assert "an error of nslab's own" in done.stderr
    assert "report it where you got nslab" in done.stderr
    assert "Usage" not in done.stderr


def test_case_33_bad_usage_is_still_bad_usage():
    assert "hostname='a b'" in nslab("demo", "uts", "--set", "hostname=a b", statuses=[2]).err


@pytest.mark.skipif(os.geteuid() != 0, reason="makes a cgroup at the top of a hierarchy")
def test_case_35_doctor_tells_what_was_left_behind_before_it_looked():
    """A session whose processes were all killed at once; the next keeper, doctor's own, cleans up after it."""
    code = (
        "import os, signal, nslab, sys; from nslab.lab.client.host import host\n"
        "group = nslab.Cgroup('pids'); keeper = host().keeper; server = host().call(os.getppid)\n"
        "print(group.path('pids'), flush=True)\n"
        "for pid in (keeper, server, os.getpid()): os.kill(pid, signal.SIGSTOP if pid != os.getpid() else 0)\n"
        "for pid in (keeper, server): os.kill(pid, signal.SIGKILL)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    # In a pid namespace of its own, as outside of it another session's start may clean up first.
    script = f"{shlex.quote(sys.executable)} -c {shlex.quote(code)} >&2; {shlex.join(NSLAB)} doctor --json"
    within = ("unshare", "--pid", "--fork", "--mount-proc", "/bin/sh", "-c")
    done = subprocess.run([*within, script], capture_output=True, text=True, cwd=ROOT)
    left = os.path.dirname(done.stderr.split("\n")[0])
    assert cgroup_cleanup.PREFIX in left, done.stderr
    found = {each["name"]: each for each in json.loads(done.stdout)["checks"]}["left behind"]
    assert re.search(r"[1-9]\d* (processes|sessions|cgroups)", found["seen"]), found
    assert found["mend"] == ("nslab clean" if found["verdict"] == "warn" else "")
