"""Evidence: what an experiment claimed, what was observed, and what the same action does without the flag."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Value = str | int | float | bool | None | tuple[Any, ...]


@dataclass(frozen=True)
class Expect:
    """What has to be true of a row, in words and as a test over (host before, inside, host after)."""

    words: str
    test: Callable[[Any, Any, Any], bool]


def inside_is(value: Value) -> Expect:
    """Inside shows exactly `value`."""
    return Expect(f"inside: {value}", lambda before, inside, after: inside == value)


ISOLATED = Expect(
    "differs inside, unchanged on the host", lambda before, inside, after: inside != before and after == before
)
SHARED = Expect("the same on both sides", lambda before, inside, after: inside == before == after)
UNTOUCHED = Expect("unchanged on the host", lambda before, inside, after: after == before)


@dataclass(frozen=True)
class Row:
    """One thing observed: on the host before, inside, and on the host after (while the child still lives).

    `decisive` tells whether the control has to come out otherwise; a row that is not decisive shows something
    that the flag makes no difference to, and its control has to come out the same. `varies` marks values that
    differ from run to run (pids, inodes), which a comparison of two runs must not compare.
    """

    name: str
    host_before: Value
    inside: Value
    host_after: Value
    expect: Expect = ISOLATED
    decisive: bool = True
    varies: bool = False
    part: str = ""

    @property
    def holds(self) -> bool:
        """Whether the expectation is true of the values."""
        return bool(self.expect.test(self.host_before, self.inside, self.host_after))

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {
            "part": self.part, "name": self.name, "host_before": self.host_before, "inside": self.inside,
            "host_after": self.host_after, "expect": self.expect.words, "decisive": self.decisive, "holds": self.holds,
        }  # fmt: skip


@dataclass(frozen=True)
class Evidence:
    """The outcome of a controlled experiment; immutable.

    `rows` were observed with the flag, `control` are the same rows of the same action without it. `inodes` gives,
    for the namespace type, the numbers on the host and inside. `syscalls` are the calls that nslab itself made,
    in order; `shell` and `c` are the same experiment as commands and as a C program. `parts` tells in words what each
    part shows; `standin` whether the control ran on a sandbox that stands in for the host.
    """

    name: str
    claim: str
    rows: tuple[Row, ...]
    control: tuple[Row, ...]
    inodes: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    parts: Mapping[str, str] = field(default_factory=dict)
    standin: bool = True
    notes: tuple[str, ...] = ()
    syscalls: tuple[Any, ...] = ()
    shell: str = ""
    c: str = ""
    seconds: float = 0.0

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
                saw = " | ".join(repr(v) for v in (row.host_before, row.inside, row.host_after))
                found.append(f"{row.name}: expected '{row.expect.words}', saw {saw}")
            other = control.get((row.part, row.name))
            if other is None:
                found.append(f"{row.name}: there is no control for it")
            elif other.holds == row.decisive:
                found.append(f"{row.name}: the control came out {'the same' if row.decisive else 'otherwise'}")
        return tuple(found)

    def row(self, name: str) -> Row:
        """Return the row of that name. Raises KeyError that lists the names there are."""
        return _named(self.rows, name)

    def control_row(self, name: str) -> Row:
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


def _named(rows: tuple[Row, ...], name: str) -> Row:
    for row in rows:
        if row.name == name:
            return row
    raise KeyError(f"no row {name!r}; there are: {', '.join(r.name for r in rows)}")
