"""A forked child that tells its parent something, or what kept it from doing so; and one that outlives its parent."""

from __future__ import annotations

import os
import pickle
import time
from collections.abc import Callable
from typing import Any

from nslab.linux import files, ns, process

Tell = Callable[[Any], None]
HOUR = 3600.0
STRAGGLERS = 0.25
"""Seconds until what a killed process had started has ended, too."""


def outliving(function: Callable[[], None]) -> int:
    """Have another process call a function once this one has ended, also by SIGKILL; return that process's pid.

    It calls it once more after STRAGGLERS: a program that this process had started may have been at it still. It is in
    a session of its own, so that a terminal's signals spare it. Whoever has done himself what the function does kills
    it. Raises OSError. Source: pidfd_open(2).
    """
    watched = ns.pidfd_open(os.getpid())
    pid = process.fork()
    if pid == 0:
        os.setsid()
        while not files.readable(watched, HOUR):
            pass
        function()
        time.sleep(STRAGGLERS)
        function()
        os._exit(0)
    os.close(watched)
    return pid


def telling(function: Callable[[Tell], None]) -> tuple[int, Any]:
    """Fork a child that calls `function(tell)`; return its pid, and what it or one below it told first.

    Raises what the child raised before that, and ChildProcessError where all of them have ended without a word: the
    parent keeps no end of the pipe to write to, so it never waits for what nobody will say.
    """
    read, write = os.pipe()
    child = process.fork()
    if child == 0:
        os.close(read)
        _tell(function, write)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        try:
            told, raised = pickle.load(pipe)
        except EOFError:
            raise ChildProcessError(f"the child {child} ended before it said what it was asked") from None
    if raised:
        os.waitpid(child, 0)
        raise raised
    return child, told


def _tell(function: Callable[[Tell], None], write: int) -> None:
    status = 1
    try:
        try:
            function(lambda value: _send(write, value, None))
            status = 0
        except OSError as e:
            _send(write, None, e)
    finally:
        os._exit(status)


def _send(write: int, value: Any, raised: OSError | None) -> None:
    with os.fdopen(os.dup(write), "wb") as pipe:
        pickle.dump((value, raised), pipe)
