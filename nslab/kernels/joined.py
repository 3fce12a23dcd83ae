"""One Evidence of two: of a demo that was made here, and of parts of it that could only be made elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from nslab.experiment.evidence import Evidence, Observed
from nslab.experiment.parts import Part
from nslab.experiment.samples import Samples


def joined(seen: Evidence, more: Evidence, parts: Sequence[Part]) -> Evidence:
    """What was `seen`, with what `more` saw of the parts that were left out, all in the order of the demo's parts.

    The notes of why these were left out go. `made_on` names the parts that were made elsewhere.
    """
    order = [part.name for part in parts]
    left_out = tuple(f"{name}: " for name in more.parts)

    def both(lines: str) -> tuple[Observed, ...]:
        return tuple(sorted((*getattr(seen, lines), *getattr(more, lines)), key=lambda line: order.index(line.part)))

    about = {**seen.parts, **more.parts}
    notes = (note for note in seen.notes if not note.startswith(left_out))
    where = f"{', '.join(more.parts)}: {more.made_on}"
    return replace(
        seen,
        rows=both("rows"),
        control=both("control"),
        inodes=both("inodes"),
        control_inodes=both("control_inodes"),
        parts={name: about[name] for name in order if name in about},
        standin=seen.standin or more.standin,
        notes=tuple(dict.fromkeys((*notes, *more.notes))),
        syscalls=seen.syscalls + more.syscalls,
        plumbing=seen.plumbing + more.plumbing,
        seconds=seen.seconds + more.seconds,
        samples=Samples(seen.samples.charts + more.samples.charts),
        written=tuple(dict.fromkeys(seen.written + more.written)),
        drawing=seen.drawing + more.drawing,
        made_on="; ".join(filter(None, (seen.made_on, where))),
    )
