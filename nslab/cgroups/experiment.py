"""Run the parts of a cgroup's demo, once with the limit and once without it, and make Evidence of what was measured."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from nslab.cgroups.beside import all_still
from nslab.cgroups.byhand import form
from nslab.cgroups.group import Cgroup
from nslab.errors import Unsupported
from nslab.evidence import Evidence, Reading
from nslab.lab.recorder import recording
from nslab.parts import all_refused, chosen, claim_of
from nslab.samples import Chart, Samples, named

TRIES = 3


@dataclass
class Seen:
    """What one run of one part saw: the readings, a chart, and which file of which group got which value."""

    rows: list[Reading] = field(default_factory=list)
    chart: Chart | None = None
    written: list[tuple[str, str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    drawing: list[dict[str, Any]] = field(default_factory=list)

    def note(self, *made: Cgroup) -> None:
        """Take over what was written to these groups."""
        for group in made:
            self.written += group.written


@dataclass(frozen=True)
class Part:
    """One experiment of a demo: `observe(limited, options)` runs it, with the limit when `limited`, else without."""

    name: str
    about: str
    observe: Callable[[bool, Mapping[str, Any]], Seen]


def run(subsystem: str, claim: str, parts: Sequence[Part], only: str | Sequence[str] | None,
        options: Mapping[str, Any], by_hand: Mapping[str, str]) -> Evidence:  # fmt: skip
    """Run the parts (or those named in `only`) and return their Evidence.

    `by_hand` are the values for the shell and C forms (see nslab.cgroups.byhand). A part that this machine cannot do is
    left out with a note, unless `only` asks for it. Raises ValueError for an unknown part, `nslab.Unsupported`.
    """
    wanted = chosen(parts, only)
    started = time.perf_counter()
    rows: list[Reading] = []
    control: list[Reading] = []
    charts: list[Chart] = []
    seen_all: list[Seen] = []
    notes: list[str] = []
    refused: dict[str, Unsupported] = {}
    with recording() as calls:
        for part in wanted:
            try:
                seen, without = _tried(part, options, notes)
            except Unsupported as e:
                if only is not None or len(parts) == 1:
                    raise
                refused[part.name] = e
                notes.append(f"{part.name}: {e.line}")
                continue
            rows += (replace(row, part=part.name) for row in seen.rows)
            control += (replace(row, part=part.name) for row in without.rows)
            for outcome, limited in ((seen, True), (without, False)):
                if outcome.chart:
                    charts.append(named(outcome.chart, part.name, part.about, limited))
            seen_all.append(seen)
            notes += seen.notes
    if not rows:
        raise all_refused(subsystem, refused)
    return Evidence(
        name=subsystem,
        claim=claim_of(claim, parts, wanted),
        parts={part.name: part.about for part in wanted},
        rows=tuple(rows),
        control=tuple(control),
        standin=False,
        notes=tuple(dict.fromkeys(notes)),
        syscalls=tuple(calls),
        shell=form(subsystem, "sh", by_hand),
        c=form(subsystem, "c", by_hand),
        seconds=time.perf_counter() - started,
        samples=Samples(tuple(charts)),
        drawing=tuple(h for seen in seen_all for h in seen.drawing),
        written=tuple(dict.fromkeys(w for seen in seen_all for w in seen.written)),
    )


def _tried(part: Part, options: Mapping[str, Any], notes: list[str]) -> tuple[Seen, Seen]:
    """Run one part with the limit and without it; again, and saying so, where that does not bear the claim out.

    What else a machine does, or its host, can spoil one measurement. It does not spoil TRIES of them in the same way.
    """
    for tries in range(1, TRIES + 1):
        seen, without = part.observe(True, options), part.observe(False, options)
        against = Evidence(part.name, part.about, tuple(seen.rows), tuple(without.rows)).failures
        if not against or tries == TRIES:
            break
        notes.append(f"{part.name}: measured again, since at first this spoke against it: {against[0]}")
    return seen, without


@contextmanager
def alone(cpu: int) -> Iterator[None]:
    """Hold the right to measure on one CPU: two experiments there at once would each see half of it.

    The loads of this process's panels stand still meanwhile.

    Waits for the others, whoever runs them. The lock is on the kernel's own directory of that CPU: it goes with the
    process that holds it, and there is no file to leave behind.
    """
    fd = os.open(f"/sys/devices/system/cpu/cpu{cpu}", os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        with all_still():
            yield
    finally:
        os.close(fd)
