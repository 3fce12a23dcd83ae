"""Evidence: what an experiment claimed, what was observed, and what the same action does without the treatment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar

from nslab.experiment.expect import Expect, Isolated, Value, Values
from nslab.experiment.plain import frozen
from nslab.experiment.samples import Samples
from nslab.linux.trace import Syscall

ISOLATED = Isolated()


class Observed:
    """One line of an experiment's outcome; `COLUMNS` are the names of its three values.

    `key` is its name for programs, unique in its demo; `label` is what people read. Each value is a reading of its own,
    or NOT_ASKED. `decisive` tells whether the control has to come out otherwise; a line that is not decisive shows
    something that the treatment makes no difference to, and its control has to come out the same; None where the
    control decides nothing, since what is asked for is too close to what there is without it. `varies` marks values
    that differ from run to run (pids, inodes, measurements), which a comparison of two runs must not compare.
    """

    COLUMNS: ClassVar[tuple[str, str, str]]
    kinds: ClassVar[dict[str, type[Observed]]] = {}
    key: str
    label: str
    expect: Expect
    decisive: bool | None
    varies: bool
    part: str

    def __init_subclass__(cls) -> None:
        Observed.kinds[cls.__name__] = cls

    @property
    def values(self) -> Values:
        """The three values, in the order of COLUMNS."""
        first, second, third = (getattr(self, column) for column in self.COLUMNS)
        return first, second, third

    @property
    def holds(self) -> bool:
        """Whether the expectation is true of the values."""
        return self.expect.met(self.values)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON; `from_dict()` makes the line again."""
        own = {f.name: getattr(self, f.name) for f in fields(type(self))}  # type: ignore[arg-type]
        return {**own, "is": type(self).__name__, "expect": self.expect.to_dict(), "words": self.expect.words,
                "sign": self.expect.sign, "holds": self.holds}  # fmt: skip

    @staticmethod
    def from_dict(plain: Mapping[str, Any]) -> Observed:
        """The line of which to_dict() made this."""
        cls = Observed.kinds[plain["is"]]
        own = {f.name: frozen(plain[f.name]) for f in fields(cls)}  # type: ignore[arg-type]
        return cls(**{**own, "expect": Expect.from_dict(plain["expect"])})


@dataclass(frozen=True)
class Row(Observed):
    """One thing observed: on the host before, inside, and on the host after (while the child still lives)."""

    COLUMNS = ("host_before", "inside", "host_after")
    key: str
    label: str
    host_before: Value
    inside: Value
    host_after: Value
    expect: Expect = ISOLATED
    decisive: bool | None = True
    varies: bool = False
    part: str = ""


@dataclass(frozen=True)
class Inode(Row):
    """The inode of a namespace, by which a part shows that its treatment took place; part of what has to hold."""

    varies: bool = True


@dataclass(frozen=True)
class Reading(Observed):
    """One thing measured: what was asked of the kernel, what theory expects of it, and what it was."""

    COLUMNS = ("asked", "expected", "measured")
    key: str
    label: str
    asked: Value
    expected: Value
    measured: Value
    expect: Expect
    decisive: bool | None = True
    varies: bool = True
    part: str = ""


@dataclass(frozen=True)
class Evidence:
    """The outcome of a controlled experiment; immutable, and plain values throughout.

    `rows` were observed with the treatment, `control` are the same rows of the same action without it. `inodes` (and
    `control_inodes`) show of each part of a namespace's demo that it had a namespace of its own. `syscalls` are the
    calls that the experiment made, in whichever process, in order; `plumbing` those that nslab made to have it run.
    `shell` and `c` are the same experiment as commands and as a C program. `parts` tells in words what each part shows;
    `standin` whether the control ran on a sandbox that stands in for the host. `samples` are what was measured over
    time, `written` tells which file of which cgroup got which value, and `drawing` are hierarchies as they were.
    `made_on` is the second kernel that it was made on, or that root made it (or parts of it, by name) by sudo; empty
    where this process made it on this machine's own kernel.
    """

    name: str
    claim: str
    rows: tuple[Observed, ...]
    control: tuple[Observed, ...]
    inodes: tuple[Observed, ...] = ()
    control_inodes: tuple[Observed, ...] = ()
    parts: Mapping[str, str] = field(default_factory=dict)
    standin: bool = True
    notes: tuple[str, ...] = ()
    syscalls: tuple[Syscall, ...] = ()
    plumbing: tuple[Syscall, ...] = ()
    shell: str = ""
    c: str = ""
    seconds: float = 0.0
    samples: Samples = field(default_factory=Samples)
    written: tuple[tuple[str, str, str], ...] = ()
    drawing: tuple[Mapping[str, Any], ...] = ()
    made_on: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "drawing", frozen(self.drawing))

    @property
    def holds(self) -> bool:
        """True when every line bears the claim out and its control does not (does, for one that is not decisive)."""
        return bool(self.rows) and not self.failures

    @property
    def failures(self) -> tuple[str, ...]:
        """What speaks against the claim, one sentence each."""
        found = [*_against(self.rows, self.control), *_against(self.inodes, self.control_inodes)]
        for part in self.parts:
            if not any(row.part == part for row in self.rows):
                found.append(f"{part}: nothing was observed")
        return tuple(found)

    def plot(self, part: str | None = None) -> Any:
        """Return a matplotlib Figure of the samples: measured lines, and dashed what theory expects.

        `part` names one of the parts that were sampled; by default all are drawn. Raises ValueError.
        """
        from nslab.show import chart

        return chart.figure(self.samples.checked(part).to_dict()["charts"])

    def row(self, key: str) -> Observed:
        """Return the row with that key. Raises KeyError that lists the keys there are."""
        return _keyed(self.rows, key)

    def control_row(self, key: str) -> Observed:
        """Return the control's row with that key. Raises KeyError that lists the keys there are."""
        return _keyed(self.control, key)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON; `from_dict()` makes the Evidence again."""
        lines = {name: [row.to_dict() for row in getattr(self, name)] for name in LINES}
        calls = {name: [{"call": str(c), **c._asdict()} for c in getattr(self, name)] for name in CALLS}
        return {
            "name": self.name,
            "claim": self.claim,
            "holds": self.holds,
            "failures": list(self.failures),
            **lines,
            "parts": dict(self.parts),
            "standin": self.standin,
            "notes": list(self.notes),
            **calls,
            "shell": self.shell,
            "c": self.c,
            "seconds": self.seconds,
            "columns": list(self.rows[0].COLUMNS) if self.rows else [],
            "samples": self.samples.to_dict(),
            "written": [list(w) for w in self.written],
            "drawing": [dict(h) for h in self.drawing],
            "made_on": self.made_on,
        }

    @staticmethod
    def from_dict(plain: Mapping[str, Any]) -> Evidence:
        """The Evidence of which to_dict() made this, also when it has been through JSON. Raises KeyError for others."""
        own: dict[str, Any] = {name: frozen(plain[name]) for name in PLAIN}
        own |= {name: tuple(map(Observed.from_dict, plain[name])) for name in LINES}
        own |= {name: tuple(Syscall(*(frozen(c[f]) for f in Syscall._fields)) for c in plain[name]) for name in CALLS}
        return Evidence(**own, samples=Samples.from_dict(plain["samples"]))

    def __rich__(self) -> Any:
        from nslab.show import evidence

        return evidence.as_text(self.to_dict())

    def __repr__(self) -> str:
        return f"<Evidence {self.name}: {'holds' if self.holds else 'DOES NOT HOLD'}, {len(self.rows)} rows>"

    def _repr_mimebundle_(self, include: Iterable[str] = (), exclude: Iterable[str] = ()) -> dict[str, Any]:
        from nslab.show import evidence, terminal

        plain = self.to_dict()
        return {"text/plain": terminal.text(evidence.as_text(plain)), "text/html": evidence.as_html(plain)}

    def _repr_html_(self) -> str:
        from nslab.show import evidence

        return evidence.as_html(self.to_dict())


LINES = ("rows", "control", "inodes", "control_inodes")
CALLS = ("syscalls", "plumbing")
PLAIN = ("name", "claim", "parts", "standin", "notes", "shell", "c", "seconds", "written", "drawing", "made_on")
"""The fields of Evidence that are lines, system calls, and plain values."""


def _against(rows: Iterable[Observed], control: Iterable[Observed]) -> list[str]:
    """What speaks against these lines, given what the control showed."""
    others = {(row.part, row.key): row for row in control}
    found = []
    for row in rows:
        if not row.holds:
            saw = ", ".join(f"{name.replace('_', ' ')} {v!r}" for name, v in zip(row.COLUMNS, row.values, strict=True))
            found.append(f"{row.label}: {saw}, which is not '{row.expect.words}'")
        other = others.get((row.part, row.key))
        if other is None:
            found.append(f"{row.label}: there is no control for it")
        elif row.decisive is not None and other.holds == row.decisive:
            found.append(f"{row.label}: the control came out {'the same' if row.decisive else 'otherwise'}")
    return found


def _keyed(rows: tuple[Observed, ...], key: str) -> Observed:
    for row in rows:
        if row.key == key:
            return row
    raise KeyError(f"no row {key!r}; there are: {', '.join(r.key for r in rows)}")
