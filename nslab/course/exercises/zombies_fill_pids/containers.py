"""What the containers of the pod run: a first process, and a worker that starts helpers and forgets them."""

from __future__ import annotations

import os
import signal
import time

from nslab.linux import process

STAY = 86_400
"""Seconds; a scene ends before."""
PAUSE = 0.05
"""Seconds until it tries again to start a helper."""


def tidy() -> None:
    """A first process that waits for whoever ends below it."""
    _begin(1)
    while True:
        os.wait()


def careless() -> None:
    """A first process that waits for nobody; its worker goes on for ever."""
    _begin(1 << 30)
    time.sleep(STAY)


def _begin(helpers: int) -> None:
    """Fork the worker, when the whole pod is there."""
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
    print("here", flush=True)
    signal.sigwait([signal.SIGUSR1])
    if process.fork() == 0:
        while helpers:
            if not _helper():
                time.sleep(PAUSE)
            helpers -= 1
        time.sleep(STAY)
        os._exit(0)


def _helper() -> bool:
    """Have an orphan that ends at once: a child forks it and ends, and is waited for. Return whether that worked."""
    try:
        child = process.fork()
    except OSError:
        return False
    if child == 0:
        # Without room for one more there is no orphan this time.
        try:
            process.fork()
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    return True
