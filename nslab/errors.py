"""What nslab raises beside the built-in exceptions."""

from __future__ import annotations

# `typing` is left out at run time in what the fork server loads: its 0.6 MB would be copied at each clone.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Unsupported(Exception):
    """This machine cannot do what was asked: what is missing, why, and the command that mends it.

    `said` is what the kernel answered to one call, where `why` is true of others as well.
    """

    def __init__(self, what: str, why: str, mend: str, said: str = "") -> None:
        super().__init__(what, why, mend, said)
        self.what, self.reason, self.mend = what, why, mend
        self.why = f"{why} ({said})" if said else why
        self._displayed = False

    def __str__(self) -> str:
        return f"{self.what} is not available here: {self.why}.\nTo mend it: {self.mend}"

    @property
    def line(self) -> str:
        """All of it on one line, for a note."""
        return f"{self.what} is not available here: {self.why}. To mend it: {self.mend}"

    def to_dict(self) -> dict[str, str]:
        """Return the three parts as JSON-able values."""
        return {"unsupported": self.what, "why": self.why, "mend": self.mend}

    def _repr_html_(self) -> str:
        from nslab.show import html

        return html.card("unsupported", f"Not on this machine: {self.what}", self.why, self.mend)

    def _render_traceback_(self) -> list[str]:
        """Show the card in place of a traceback (IPython's hook for exceptions that render themselves)."""
        from nslab.show import notebook

        if not notebook.in_notebook():
            return [f"Unsupported: {self}"]
        # IPython asks a second time, for what it stores of the cell.
        if not self._displayed:
            notebook.display_html(self)
        self._displayed = True
        # Jupyter frames this as an error, below the card; what the card says need not be there again.
        return [f"Unsupported: {self.what}"]


class Disturbed(Unsupported):
    """What else this machine does left no room for a measurement; another one may succeed."""

    def __init__(self, why: str) -> None:
        super().__init__("a measurement", why, "call again when the machine has less to do")

    def __reduce__(self) -> tuple[type[Disturbed], tuple[str]]:
        return Disturbed, (self.why,)


REPORT = "report it where you got nslab, with what `nslab doctor --json` prints"
"""What is to be done about an error that nobody has thought of."""


class Fault(Exception):
    """An error of nslab's own in a demo: what it was doing, the error, and where in the program it was."""

    def __init__(self, what: str, error: BaseException) -> None:
        super().__init__(what, error)
        self.what, self.error = what, error

    @property
    def why(self) -> str:
        """The error in one line, with the place that it comes from."""
        place = self.error.__traceback__
        while place is not None and place.tb_next is not None:
            place = place.tb_next
        at = f" ({place.tb_frame.f_code.co_filename}:{place.tb_lineno})" if place else ""
        return f"{type(self.error).__name__}: {self.error}{at}"

    @property
    def line(self) -> str:
        """All of it on one line, for a table."""
        return f"an error of nslab's own, {self.why}. To mend it: {REPORT}"

    def __str__(self) -> str:
        return f"{self.what} ended by an error of nslab's own: {self.why}.\nTo mend it: {REPORT}"

    def to_dict(self) -> dict[str, str]:
        """Return the parts as JSON-able values."""
        return {"fault": self.what, "why": self.why, "mend": REPORT}


class Left(Exception):
    """A sandbox or a child ended before it answered; the message says with which status."""


def checked_choice(name: str, value: Any, allowed: list[str]) -> str:
    """Return `value` when it is one of `allowed`; else raise ValueError that names both."""
    if value not in allowed:
        raise ValueError(f"{name}={value!r}: choose one of {', '.join(allowed)}")
    return str(value)


def checked_number(name: str, value: Any, low: float, high: float, unit: str = "") -> float:
    """Return `value` when it is a number from `low` to `high`; else raise TypeError or ValueError naming it."""
    suffix = f" {unit}" if unit else ""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{name}={value!r}: give a number from {low} to {high}{suffix}")
    if not low <= value <= high:
        raise ValueError(f"{name}={value!r}: give a number from {low} to {high}{suffix}")
    return value


def checked_whole(name: str, value: Any, low: int, high: int, unit: str = "") -> int:
    """Return `value` when it is a whole number from `low` to `high`; else raise TypeError or ValueError naming it."""
    number = checked_number(name, value, low, high, unit)
    if number != int(number):
        raise ValueError(f"{name}={value!r}: give a whole number from {low} to {high} {unit}".rstrip())
    return int(number)
