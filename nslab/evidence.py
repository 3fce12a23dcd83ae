"""Evidence: what an experiment claimed, what was observed, and what the same action does without the flag."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from nslab.samples import Samples

Value = str | int | float | bool | None | tuple[Any, ...]


@dataclass(frozen=True)
class Expect:
    """What has to be true of a row, in words and as a test over (host before, inside, host after).

    `sign` stands before an expected value that is a bound, and one with "±" after a value that has a margin.
    """

    words: str
    test: Callable[[Any, Any, Any], bool]
    sign: str = ""


def inside_is(value: Value) -> Expect:
    """Inside shows exactly `value`."""
    return Expect(f"inside: {value}", lambda before, inside, after: inside == value)


ISOLATED = Expect(
    "differs inside, unchanged on the host", lambda before, inside, after: inside != before and after == before
)
SHARED = Expect("the same on both sides", lambda before, inside, after: inside == before == after)
UNTOUCHED = Expect("unchanged on the host", lambda before, inside, after: after == before)


class Observed:
    """One line of an experiment's outcome; `COLUMNS` are the names of its three values.

    `decisive` tells whether the control has to come out otherwise; a line that is not decisive shows something
    that the flag or the limit makes no difference to, and its control has to come out the same; None where the control
    decides nothing, since what is asked for is too close to what there is without it. `varies` marks values
    that differ from run to run (pids, inodes, measurements), which a comparison of two runs must not compare.
    """

    COLUMNS: ClassVar[tuple[str, str, str]]
    name: str
    expect: Expect
    decisive: bool | None
    varies: bool
    part: str

    @property
    def values(self) -> tuple[Value, Value, Value]:
        """The three values, in the order of COLUMNS."""
        first, second, third = (getattr(self, column) for column in self.COLUMNS)
        return first, second, third

    @property
    def holds(self) -> bool:
        """Whether the expectation is true of the values."""
        return bool(self.expect.test(*self.values))

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {
            "part": self.part,
            "name": self.name,
            **dict(zip(self.COLUMNS, self.values, strict=True)),
            "expect": self.expect.words,
            "sign": self.expect.sign,
            "decisive": self.decisive,
            "holds": self.holds,
        }


@dataclass(frozen=True)
class Row(Observed):
    """One thing observed: on the host before, inside, and on the host after (while the child still lives)."""

    COLUMNS = ("host_before", "inside", "host_after")
    name: str
    host_before: Value
    inside: Value
    host_after: Value
    expect: Expect = ISOLATED
    decisive: bool | None = True
    varies: bool = False
    part: str = ""


@dataclass(frozen=True)
class Reading(Observed):
    """One thing measured: what was asked of the kernel, what theory expects of it, and what it was."""

    COLUMNS = ("asked", "expected", "measured")
    name: str
    asked: Value
    expected: Value
    measured: Value
    expect: Expect
    decisive: bool | None = True
    varies: bool = True
    part: str = ""


def within(tolerance: float, unit: str) -> Expect:
    """What was measured lies at most `tolerance` (in `unit`) from what was expected."""
    return Expect(
        f"within {tolerance:g} {unit} of what is expected",
        lambda asked, expected, measured: measured is not None and abs(measured - expected) <= tolerance,
        f"± {tolerance:g}",
    )


AS_EXPECTED = Expect("as expected", lambda asked, expected, measured: measured == expected)
AT_MOST = Expect("at most what is expected", lambda asked, expected, measured: measured <= expected, "≤")
AT_LEAST = Expect("at least what is expected", lambda asked, expected, measured: measured >= expected, "≥")


@dataclass(frozen=True)
class Evidence:
    """The outcome of a controlled experiment; immutable.

    `rows` were observed with the flag, `control` are the same rows of the same action without it. `inodes` gives, for
    the namespace type, the numbers on the host and in one more child made with the flag. `syscalls` are the calls
    that nslab itself made, in order; `shell` and `c` are the same experiment as commands and as a C program. `parts`
    tells in words what each part shows; `standin` whether the control ran on a sandbox that stands in for the host.
    `samples` are what was measured over time, `written` tells which file of which cgroup got which value, and
    `drawing` are hierarchies as they were (plain values of nslab.cgroups.tree).
    """

    name: str
    claim: str
    rows: tuple[Observed, ...]
    control: tuple[Observed, ...]
    inodes: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    parts: Mapping[str, str] = field(default_factory=dict)
    standin: bool = True
    notes: tuple[str, ...] = ()
    syscalls: tuple[Any, ...] = ()
    shell: str = ""
    c: str = ""
    seconds: float = 0.0
    samples: Samples = field(default_factory=Samples)
    written: tuple[tuple[str, str, str], ...] = ()
    drawing: tuple[Mapping[str, Any], ...] = ()

    @property
    def holds(self) -> bool:
        """True when every row bears the claim out and its control does not (does, for a row that is not decisive)."""
        return bool(self.rows) and not self.failures

    @property
    def failures(self) -> tuple[str, ...]:
        """What speaks against the claim, one sentence each."""
        control = {(r.part, r.name): r for r in self.control}
        found = []
        for row in self.rows:
            if not row.holds:
                saw = " | ".join(repr(v) for v in row.values)
                found.append(f"{row.name}: expected '{row.expect.words}', saw {saw}")
            other = control.get((row.part, row.name))
            if other is None:
                found.append(f"{row.name}: there is no control for it")
            elif row.decisive is not None and other.holds == row.decisive:
                found.append(f"{row.name}: the control came out {'the same' if row.decisive else 'otherwise'}")
        return tuple(found)

    def plot(self, part: str | None = None) -> Any:
        """Return a matplotlib Figure of the samples: measured lines, and dashed what theory expects.

        `part` names one of the parts that were sampled; by default all are drawn. Raises ValueError.
        """
        from nslab.show import chart

        return chart.figure(self.samples.checked(part).to_dict()["charts"])

    def row(self, name: str) -> Observed:
        """Return the row of that name. Raises KeyError that lists the names there are."""
        return _named(self.rows, name)

    def control_row(self, name: str) -> Observed:
        """Return the control's row of that name. Raises KeyError that lists the names there are."""
        return _named(self.control, name)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {
            "name": self.name,
            "claim": self.claim,
            "holds": self.holds,
            "failures": list(self.failures),
            "rows": [r.to_dict() for r in self.rows],
            "control": [r.to_dict() for r in self.control],
            "inodes": {kind: {"host": host, "inside": inside} for kind, (host, inside) in self.inodes.items()},
            "parts": dict(self.parts),
            "standin": self.standin,
            "notes": list(self.notes),
            "syscalls": [
                {
                    "call": str(c),
                    "name": c.name,
                    "args": list(c.args),
                    "result": c.result,
                    "errno": c.errno,
                    "pid": c.pid,
                }
                for c in self.syscalls
            ],
            "shell": self.shell,
            "c": self.c,
            "seconds": self.seconds,
            "columns": list(self.rows[0].COLUMNS) if self.rows else [],
            "samples": self.samples.to_dict(),
            "written": [list(w) for w in self.written],
            "drawing": [dict(h) for h in self.drawing],
        }

    def __rich__(self) -> Any:
        from nslab.show import terminal

        return terminal.evidence(self.to_dict())

    def __repr__(self) -> str:
        return f"<Evidence {self.name}: {'holds' if self.holds else 'DOES NOT HOLD'}, {len(self.rows)} rows>"

    def _repr_mimebundle_(self, include: Iterable[str] = (), exclude: Iterable[str] = ()) -> dict[str, Any]:
        from nslab.show import html, terminal

        plain = self.to_dict()
        return {"text/plain": terminal.text(terminal.evidence(plain)), "text/html": html.evidence(plain)}

    def _repr_html_(self) -> str:
        from nslab.show import html

        return html.evidence(self.to_dict())


def _named(rows: tuple[Observed, ...], name: str) -> Observed:
    for row in rows:
        if row.name == name:
            return row
    raise KeyError(f"no row {name!r}; there are: {', '.join(r.name for r in rows)}")
