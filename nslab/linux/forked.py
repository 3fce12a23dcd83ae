"""A forked child that tells its parent something, or what kept it from doing so."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable
from typing import Any

from nslab.linux import process

Tell = Callable[[Any], None]


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
