"""Case 32: what is refused, stopped or frozen never hangs the one who waits."""

import os
import re
import signal
import struct
import time

import pytest

import nslab
from nslab.lab.client import place
from nslab.linux import files
from nslab.linux.forked import telling
from tests.cases.situation import NSLAB

ALL = [(0, 0, 65536)]


def _limit(most):
    files.write("/proc/sys/user/max_user_namespaces", str(most))


@pytest.mark.skipif(os.geteuid() != 0, reason="a limit on user namespaces below the machine's own asks for root")
@pytest.mark.timeout(60)
@pytest.mark.parametrize("most", [0, 1])
def test_a_user_namespace_that_is_refused_in_the_middle_is_told(most):
    with nslab.Sandbox(user=True, uid_map=ALL, gid_map=ALL, setgroups="allow") as box:
        box.call(_limit, most)
        done = box.run([*NSLAB, "demo", "user", "--only", "setns"], timeout=30)
    said = " ".join((done.stdout + done.stderr).split())
    assert done.status == 69, said
    assert "max_user_namespaces" in said
    assert re.search(rf"max_user_namespaces\D{{0,20}}{most}\b", said), said


@pytest.mark.timeout(60)
def test_a_child_that_ends_without_a_word_is_not_waited_for():
    with pytest.raises(ChildProcessError, match="ended before it said"):
        telling(lambda tell: os._exit(3))


@pytest.mark.timeout(60)
def test_what_a_forked_child_raises_is_raised():
    def refused(tell):
        raise PermissionError(1, "unshare(CLONE_NEWUSER): no")

    with pytest.raises(PermissionError, match="unshare"):
        telling(refused)


def _stop_in_the_middle():
    """Announce an answer of many bytes, send a few, and stop."""
    os.write(3, struct.pack("!Q", 1000) + b"few")
    os.kill(os.getpid(), signal.SIGSTOP)


@pytest.mark.timeout(60)
def test_a_child_that_stops_in_the_middle_of_its_answer_keeps_nobody_longer_than_he_waits():
    child = nslab.clone(_stop_in_the_middle, stream=False)
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        child.wait(1)
    assert time.monotonic() - began < 20
    child.kill()
    assert child.wait(30) == -signal.SIGKILL


@pytest.mark.timeout(60)
def test_a_sandbox_that_is_stopped_says_so(monkeypatch):
    monkeypatch.setattr(place, "PATIENCE", 1.0)
    with nslab.Sandbox(uts=True, name="test-stopped") as box:
        os.kill(box.pid, signal.SIGSTOP)
        with pytest.raises(TimeoutError, match="stopped or frozen"):
            box.run("true")
        os.kill(box.pid, signal.SIGCONT)
        with pytest.raises(ProcessLookupError):
            box.run("true")
    assert nslab.clone(os.getpid).result() > 0
