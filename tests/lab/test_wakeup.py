"""A signal that comes just before a wait ends it (signal.set_wakeup_fd)."""

import os
import select
import signal

import pytest

from nslab.linux import wakeup

pytestmark = [pytest.mark.any_user, pytest.mark.any_version]

ROUNDS = 300
"""A plain select() loses one signal in a hundred of those that come as it begins."""


def asked_to_end(wait):
    """Fork, have the child wait for what never comes, send SIGTERM as it begins; return how it ended."""
    begins, say = os.pipe()
    never, held = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            signal.signal(signal.SIGTERM, _leave)
            os.write(say, b".")
            wait(never)
        except SystemExit as e:
            status = e.code
        finally:
            os._exit(status)
    os.read(begins, 1)
    os.kill(child, signal.SIGTERM)
    ended = os.pidfd_open(child)
    try:
        if not select.select([ended], [], [], 20)[0]:
            os.kill(child, signal.SIGKILL)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    finally:
        for fd in (begins, say, never, held, ended):
            os.close(fd)


def _leave(number, _):
    raise SystemExit(100 + number)


def test_no_signal_slips_past_a_wait():
    assert {asked_to_end(wakeup.wait) for _ in range(ROUNDS)} == {100 + signal.SIGTERM}


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
