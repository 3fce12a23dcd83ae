"""Ctrl-C at any moment: what comes afterwards works, and nothing is left."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from nslab.lab.client.interrupts import held_back

SCRIPT = """
import os, random, signal, sys, threading, time
import nslab

random.seed({seed})
main = threading.main_thread().ident
signal.signal(signal.SIGINT, signal.default_int_handler)  # where these tests run in the background it is ignored

def job():
    {job}

def interrupt(after):
    time.sleep(after)
    signal.pthread_kill(main, signal.SIGINT)

job()
hit = 0
for _ in range({times}):
    try:
        thread = threading.Thread(target=interrupt, args=(random.uniform(0, {within}),))
        thread.start()
        while True:
            job()
    except KeyboardInterrupt:
        hit += 1
    thread.join()
    assert nslab.clone(lambda: 40 + 2).result(30) == 42
    with nslab.Sandbox(uts=True, hostname="after") as box:
        assert str(box.run("uname -n")) == "after"
from nslab.lab.client.host import host
from nslab.linux import process
time.sleep(0.2)
left = [pid for pid in process.descendants(host().keeper) if process.runs(pid)]
print("hit", hit, "left", len(left))
"""
JOBS = {
    "clone": "assert nslab.clone(os.getpid, nslab.CLONE_NEWPID).result() == 1",
    "not streamed": "nslab.clone(os.getpid, stream=False).result()",
    "sandbox": "assert str(nslab.Sandbox(uts=True, hostname='mine').run('uname -n')) == 'mine'",
}


@pytest.mark.long
@pytest.mark.parametrize("job", ["clone", pytest.param("not streamed", marks=pytest.mark.any_user), "sandbox"])
def test_an_interrupt_breaks_nothing_that_comes_after_it(job):
    script = SCRIPT.format(seed=len(job), job=JOBS[job], times=25, within=0.015)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    # The fork server itself is the one that is left; and nothing was said that nobody can act on.
    assert done.stdout == "hit 25 left 1\n", done.stdout + done.stderr
    assert done.stderr == ""


def test_a_block_that_was_broken_off_does_not_hold_anything_back():
    def broken_off():
        block = held_back()
        block.__enter__()
        return block

    # Where the tests run in the background it is ignored.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        block = broken_off()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        with held_back():
            pass
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
        assert block.frame is not None
    finally:
        signal.signal(signal.SIGINT, before)
