"""Hold back Ctrl-C and the stop button (SIGINT) while something must not be left half done.

An answer that is left unread would be taken for the answer to the next request, and half a clean-up leaves things
behind.
"""

from __future__ import annotations

import signal
import sys
import threading
import time
from types import FrameType
from typing import Any

from nslab.lab.client import background
from nslab.linux import process

_blocks: list[held_back] = []
"""The blocks that are being run, and any that another signal's exception has broken off while they began or ended."""
_noted = 0
_handler: Any = None
_LATER = 0.01


def _under_way(frame: FrameType | None) -> bool:
    """Whether this frame is inside a block. Blocks whose own frame has gone were broken off, and are dropped from the
    list.
    """
    there = set()
    while frame is not None:
        there.add(id(frame))
        frame = frame.f_back
    _blocks[:] = [block for block in _blocks if id(block.frame) in there]
    return bool(_blocks)


def _note(_: int, frame: FrameType | None) -> None:
    """The handler: the first SIGINT waits, a second one raises KeyboardInterrupt at once."""
    global _noted
    if not _under_way(frame):
        signal.signal(signal.SIGINT, _handler)
        signal.raise_signal(signal.SIGINT)
        return
    _noted += 1
    if _noted > 1:
        raise KeyboardInterrupt


class held_back:
    """A block in which the first SIGINT waits for the end of the block, and the second comes through.

    `late`: it comes a moment after the end; in a `__del__` it would be lost. Blocks nest. Only the main thread is
    interrupted, so in others this does nothing.
    """

    def __init__(self, late: bool = False) -> None:
        self._late = late
        self._counts = False
        self.frame: FrameType | None = None

    def __enter__(self) -> None:
        global _noted, _handler
        if threading.current_thread() is not threading.main_thread():
            return
        self.frame = sys._getframe(1)
        if not _blocks or not _under_way(self.frame):
            handler = signal.getsignal(signal.SIGINT)
            if handler is None:
                return  # not Python's own: it could not be put back
            _noted = 0
            if handler is not _note:
                _handler = handler
                signal.signal(signal.SIGINT, _note)
        self._counts = True
        _blocks.append(self)

    def __exit__(self, *_: object) -> None:
        if not self._counts:
            return
        if self in _blocks:
            _blocks.remove(self)
        self.frame = None
        if _blocks and _under_way(sys._getframe(1)):
            return
        signal.signal(signal.SIGINT, _handler)
        if _noted == 1:
            if self._late:
                background.run(_interrupt_later)
            else:
                signal.raise_signal(signal.SIGINT)


def _interrupt_later() -> None:
    time.sleep(_LATER)
    main = threading.main_thread().ident
    if main is not None:
        process.interrupt(main)
