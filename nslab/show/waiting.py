"""A small line that says what is waited for, and is gone when the wait is over."""

from __future__ import annotations

import sys

from nslab.show import status
from nslab.show.printable import printable

WAITS, GIVE_UP, OVER = "waiting ", "; interrupt to give up", "the wait is over"
"""What a line on a wait begins and ends with, and what is written at its end where no line can be replaced."""


class WaitingLine:
    """One line, in the place of the status line where there is one.

    Where no line can be replaced (a file, a pipe) it is written to stderr when it `changes` something.
    """

    def __init__(self) -> None:
        self._shown = status.current()
        self._write = None if self._shown else status.writer()
        self._told = ""

    def say(self, text: str, changes: str) -> None:
        """Show `text`, which need not be harmless; `changes` is that of it which is worth a line of its own."""
        if self._shown is not None:
            self._shown.instead = printable(text)
        elif self._write is not None:
            self._write(printable(text))
        elif changes != self._told:
            print(printable(text), file=sys.stderr, flush=True)
        self._told = changes

    def end(self) -> None:
        """Take it away."""
        if self._shown is not None:
            self._shown.instead = ""
        elif self._write is not None:
            self._write("")
        elif self._told:
            print(OVER, file=sys.stderr, flush=True)
