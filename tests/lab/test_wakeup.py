"""A signal that comes just before a wait ends it (signal.set_wakeup_fd)."""

import os
import signal
import subprocess
import sys

import pytest

from nslab.linux import wakeup

pytestmark = [pytest.mark.any_user, pytest.mark.any_version]


def test_no_signal_slips_past_a_wait():
    done = subprocess.run([sys.executable, "-m", "tests.lab.asked"], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == (f"{ {100 + signal.SIGTERM} }\n", "")


def test_a_handler_that_returns_does_not_end_it():
    read, write = os.pipe()
    came = []

    def second_one_writes(*_):
        came.append(0)
        if len(came) == 2:
            os.write(write, b".")

    before = signal.signal(signal.SIGALRM, second_one_writes)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)
        assert wakeup.wait(read) == [read]
        assert len(came) >= 2
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        os.close(read)
        os.close(write)


def test_what_was_there_before_is_put_back():
    read, write = os.pipe2(os.O_NONBLOCK)
    before = signal.set_wakeup_fd(write)
    try:
        with wakeup.by_signals():
            pass
        assert signal.set_wakeup_fd(before) == write
    finally:
        signal.set_wakeup_fd(before)
        os.close(read)
        os.close(write)
