"""The one runner: each part with its treatment and without it, and Evidence of what was seen."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import Any

from nslab.errors import Disturbed, Unsupported
from nslab.experiment.byhand import form
from nslab.experiment.evidence import Evidence, Inode, Observed
from nslab.experiment.parts import Part, Seen, all_refused, chosen, claim_of
from nslab.experiment.samples import Samples, named
from nslab.lab.client.recorder import recording
from nslab.lab.power.refusals import explained
from nslab.show.status import Write, status

Stage = Callable[[Part, bool], AbstractContextManager[Sequence[Any]]]
"""Gives a part its first argument (a place, for namespaces), for as long as it runs."""
INSIDE = "This was inside the part"
"""The beginning of the note that an error in a part gets: it is nslab's own, and not its caller's."""
TRIES = 3
"""How often at most a part that measures is run, where the first run does not bear the claim out."""


def no_stage(part: Part, treated: bool) -> AbstractContextManager[Sequence[Any]]:
    """The stage of parts that need none."""
    return nullcontext(())


def run(
    subject: str,
    claim: str,
    parts: Sequence[Part],
    only: str | Sequence[str] | None,
    options: Mapping[str, Any],
    *,
    stage: Stage = no_stage,
    by_hand: Mapping[str, object] | None = None,
    standin: bool = False,
    measures: bool = True,
) -> Evidence:
    """Run the parts (or those named in `only`) and return their Evidence.

    `subject` is the package of the demo, such as "nslab.cgroups.cpu"; `by_hand` are the values for its shell and C
    forms, by default the options. A part that this machine cannot do is left out with a note, unless `only` asks for
    it. One that `measures` is measured again where it does not bear the claim out. Raises ValueError for an unknown
    part, `nslab.Unsupported`.
    """
    wanted = chosen(parts, only)
    started = time.perf_counter()
    treated: list[tuple[Part, Seen]] = []
    control: list[tuple[Part, Seen]] = []
    notes: list[str] = []
    refused: dict[str, Unsupported] = {}
    with status() as tell, recording() as record:
        for part in wanted:
            try:
                seen, without = _tried(part, stage, options, notes, TRIES if measures else 1, tell)
            except Unsupported as e:
                if only is not None or len(parts) == 1:
                    raise
                refused[part.name] = e
                notes.append(f"{part.name}: {e.line}")
                continue
            treated.append((part, seen))
            control.append((part, without))
            notes += seen.notes
    if not treated:
        raise all_refused(subject.rpartition(".")[2], refused)
    values = options if by_hand is None else by_hand
    return Evidence(
        name=subject.rpartition(".")[2],
        claim=claim_of(claim, parts, wanted),
        parts={part.name: part.about for part in wanted if part.name not in refused},
        rows=_lines(treated, False),
        control=_lines(control, False),
        inodes=_lines(treated, True),
        control_inodes=_lines(control, True),
        standin=standin,
        notes=tuple(dict.fromkeys(notes)),
        syscalls=record.calls,
        plumbing=record.plumbing,
        shell=form(subject, "sh", values),
        c=form(subject, "c", values),
        seconds=time.perf_counter() - started,
        samples=_samples(treated, control),
        drawing=tuple(h for _, seen in treated for h in seen.drawing),
        written=tuple(dict.fromkeys(w for _, seen in treated for w in seen.written)),
    )


def _tried(part: Part, stage: Stage, options: Mapping[str, Any], notes: list[str], tries: int,
           tell: Write) -> tuple[Seen, Seen]:  # fmt: skip
    """Run one part with the treatment and without it. Where a measurement does not bear the claim out it is done again,
    and a note says so: other load on the machine, or on its host, can spoil one measurement, and hardly TRIES of them.
    """
    for turn in range(1, tries + 1):
        again = ", measured again" if turn > 1 else ""
        try:
            tell(f"{part.name}{again}")
            seen = _once(part, stage, True, options)
            tell(f"{part.name}{again}: the control")
            without = _once(part, stage, False, options)
        except Disturbed as e:
            if turn == tries:
                raise
            notes.append(f"{part.name}: measured again, since {e.why}")
            continue
        against = Evidence(part.name, part.about, tuple(seen.rows), tuple(without.rows)).failures
        if not against or turn == tries:
            break
        notes.append(f"{part.name}: measured again, since at first this spoke against it: {against[0]}")
    return seen, without


def _once(part: Part, stage: Stage, treated: bool, options: Mapping[str, Any]) -> Seen:
    try:
        with stage(part, treated) as given:
            return part.run(given, treated, options)
    except OSError as e:
        raise explained(e) from e
    except Unsupported:
        raise
    except Exception as e:
        e.add_note(f"{INSIDE} {part.name!r}.")
        raise


def _lines(runs: Iterable[tuple[Part, Seen]], inodes: bool) -> tuple[Observed, ...]:
    return tuple(
        replace(row, part=part.name)  # type: ignore[type-var]
        for part, seen in runs
        for row in seen.rows
        if isinstance(row, Inode) == inodes
    )


def _samples(treated: Iterable[tuple[Part, Seen]], control: Iterable[tuple[Part, Seen]]) -> Samples:
    charts = []
    for (part, seen), (_, without) in zip(treated, control, strict=True):
        for outcome, limited in ((seen, True), (without, False)):
            if outcome.chart:
                charts.append(named(outcome.chart, part.name, part.about, limited))
    return Samples(tuple(charts))
