"""An exception on its way to the caller: the same exception, with the traceback of the learner's own lines.

Imported by a child that has something to raise, so that the fork server does not carry it.
"""

from __future__ import annotations

import copyreg
import types
from typing import Any

import cloudpickle
from tblib import pickling_support

ENDS = 50
"""Frames that are kept at each end of a traceback: a longer one (a recursion) is too deep for pickle."""


def pickled(e: BaseException, above: str) -> bytes:
    """Return the exception with its traceback, pickled; the frames of the file `above` at its top are left out.

    One that cannot be pickled becomes a TypeError that says so.
    """
    e.__traceback__ = _below(e.__traceback__, above)
    for each in _chain(e):
        each.__traceback__ = _shortened(each.__traceback__)
    pickling_support.install(e)
    for cls in [c for c in copyreg.dispatch_table if issubclass(c, BaseException)]:
        # tblib makes an exception again without calling __init__, where exceptions written in C keep their message.
        if isinstance(cls.__init__, types.WrapperDescriptorType):
            copyreg.pickle(cls, _reduced)
    try:
        return cloudpickle.dumps(e)
    except Exception as problem:
        return refused("raised", e, problem)


def refused(did: str, value: object, problem: Exception) -> bytes:
    """The TypeError that says that what a child `did` (returned, raised) cannot be sent back, pickled."""
    return cloudpickle.dumps(TypeError(f"what the child {did} cannot be sent back: {_shown(value)}: {problem}"))


def _shown(value: object) -> str:
    try:
        return f"{value!r:.200}"
    except Exception:
        return f"a {type(value).__name__}"


def _reduced(e: BaseException) -> tuple[Any, ...]:
    reduced = e.__reduce__()
    if isinstance(reduced, str):
        raise TypeError(f"its __reduce__() names it {reduced!r}")
    function, args, *more = reduced
    notes = getattr(e, "__notes__", None)
    chain = (e.__cause__, e.__traceback__, e.__context__, e.__suppress_context__, notes)
    return (pickling_support.unpickle_exception, (function, args, *chain), *more)


def _chain(e: BaseException) -> list[BaseException]:
    """The exception, its causes and contexts, the members of its groups, and theirs."""
    found: list[BaseException] = []
    waiting: list[BaseException | None] = [e]
    while waiting:
        each = waiting.pop()
        if each is not None and all(each is not known for known in found):
            found.append(each)
            waiting += [each.__cause__, each.__context__, *getattr(each, "exceptions", ())]
    return found


def _below(tb: types.TracebackType | None, above: str) -> types.TracebackType | None:
    """The traceback without its first frames, which are those of the fork server and of nslab in the child."""
    while tb is not None and tb.tb_next is not None and tb.tb_frame.f_code.co_filename == above:
        tb = tb.tb_next
    return tb


def _shortened(tb: types.TracebackType | None) -> types.TracebackType | None:
    frames = []
    at = tb
    while at is not None:
        frames.append(at)
        at = at.tb_next
    if len(frames) > 2 * ENDS:
        frames[ENDS - 1].tb_next = frames[-ENDS]
    return tb
