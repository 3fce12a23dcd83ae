"""What a check found: plain values, so that it can be sent, kept and shown."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from nslab.errors import Unsupported


class Status(StrEnum):
    """How a check ended."""

    PASSED = "passed"
    NOT_YET = "not yet"
    NOT_BEGUN = "not begun"
    UNCHECKED = "cannot be checked here"


@dataclass(frozen=True)
class Finding:
    """One reading of the kernel's: what was looked at, what was wanted there, what was found, and whether it is right.

    `key` names it for programs; `hints` lead to what is missing, each says more than the one before.
    """

    key: str
    looked: str
    wanted: str
    found: str
    right: bool
    hints: tuple[str, ...] = ()

    @property
    def missing(self) -> str:
        """The finding as a sentence, for one that is not right."""
        return f"{self.looked}: wanted {self.wanted}; found {self.found}"


class NotBegun(Exception):
    """Nothing was found that could be checked: the learner has not done anything yet, as far as the kernel shows."""

    def __init__(self, looked: str, wanted: str, found: str, *hints: str) -> None:
        super().__init__(looked)
        self.finding = Finding("begin", looked, wanted, found, False, hints)


@dataclass(frozen=True)
class Outcome:
    """The end of a check. `why` and `mend` are filled in where it cannot be checked here, or is beyond repair.

    `names` is directory of a cgroup → its name in the scene, by which a learner reads what the findings say in full.
    """

    exercise: str
    seed: int
    status: Status
    findings: tuple[Finding, ...] = ()
    why: str = ""
    mend: str = ""
    seconds: float = 0.0
    names: dict[str, str] = field(default_factory=dict)
    unrecorded: str = ""
    """Why this could not be written to the record; "" where it was."""

    @property
    def passed(self) -> bool:
        """Whether all that was wanted was found."""
        return self.status is Status.PASSED

    @property
    def wrong(self) -> Finding | None:
        """The first finding that is not right."""
        return next((finding for finding in self.findings if not finding.right), None)

    @property
    def message(self) -> str:
        """The outcome in a sentence or two: what is missing, where something is."""
        if self.why:
            return self.why
        if self.wrong is not None:
            return self.wrong.missing
        return "all that was wanted was found" if self.passed else "nothing was found that could be checked"

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON, without the hints: who wants one asks for it, and that is noted."""
        findings = [{key: value for key, value in asdict(each).items() if key != "hints"} for each in self.findings]
        return {**asdict(self), "findings": findings, "status": str(self.status), "message": self.message}

    @classmethod
    def from_dict(cls, plain: dict[str, Any]) -> Outcome:
        """The same outcome again, without its hints, from what to_dict() has returned."""
        values = {key: value for key, value in plain.items() if key != "message"}
        findings = tuple(Finding(**each) for each in values.pop("findings"))
        return cls(**{**values, "status": Status(values["status"]), "findings": findings})

    def __rich__(self) -> Any:
        from nslab.show import exercise

        return exercise.as_text(self.to_dict())

    def __repr__(self) -> str:
        from nslab.show import terminal

        return terminal.text(self.__rich__())

    def _repr_html_(self) -> str:
        from nslab.show import exercise

        return exercise.as_html(self.to_dict())


def unchecked(exercise: str, seed: int, error: Unsupported) -> Outcome:
    """The outcome where this machine or this user cannot do what the exercise asks for."""
    return Outcome(exercise, seed, Status.UNCHECKED, why=f"{error.what}: {error.why}", mend=error.mend)
