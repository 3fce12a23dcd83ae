"""The parts of a demo: what each one is, which of them were asked for, and what a selection is called."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nslab.errors import Unsupported, checked_choice
from nslab.experiment.evidence import Observed
from nslab.experiment.samples import Chart


@dataclass
class Seen:
    """What one run of one part saw: its rows, a chart, drawings, and which file of which group got which value."""

    rows: list[Observed] = field(default_factory=list)
    chart: Chart | None = None
    written: list[tuple[str, str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    drawing: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Part:
    """One experiment of a demo.

    `observe` performs the action, with the treatment (a namespace, a limit) or without it, and returns what it saw. It
    is called with what the demo's stage gives (a place, for namespaces), with `treated`, and with those of the demo's
    options that its signature names (keyword only). `standin` has also the treated run take place on a stand-in for the
    host, for actions that make something on the host's side. `kconfig` is what a kernel needs for it beyond what its
    subject needs (see nslab.cgroups.about).
    """

    name: str
    about: str
    observe: Callable[..., Seen | Iterable[Observed]]
    standin: bool = False
    kconfig: tuple[str, ...] = ()

    @property
    def options(self) -> tuple[str, ...]:
        """The names of the demo's options that it uses."""
        parameters = inspect.signature(self.observe).parameters.values()
        return tuple(p.name for p in parameters if p.kind is p.KEYWORD_ONLY)

    def run(self, stage: Sequence[Any], treated: bool, options: Mapping[str, Any]) -> Seen:
        """Run it once. Raises what it raises."""
        seen = self.observe(*stage, treated, **{name: options[name] for name in self.options})
        return seen if isinstance(seen, Seen) else Seen(rows=list(seen))


def chosen(parts: Sequence[Part], only: str | Sequence[str] | None) -> list[Part]:
    """The parts that are named in `only`, or all. Raises ValueError that names those there are."""
    names = [part.name for part in parts]
    if only is None:
        return list(parts)
    if not isinstance(only, Iterable):
        raise TypeError(f"only={only!r}: give names, such as {names[:1]}; there are {', '.join(names)}")
    wanted = [only] if isinstance(only, str) else list(only)
    if not wanted:
        raise ValueError(f"only={only!r}: name at least one of {', '.join(names)}")
    for name in wanted:
        checked_choice("only", name, names)
    return [part for part in parts if part.name in wanted]


def claim_of(claim: str, parts: Sequence[Part], wanted: Sequence[Part]) -> str:
    """The demo's claim, or where not all of its parts were asked for, what these are about."""
    if len(wanted) == len(parts):
        return claim
    about = "; ".join(part.about for part in wanted)
    return about[0].upper() + about[1:] + "."


def all_refused(demo: str, refused: Mapping[str, Unsupported]) -> Unsupported:
    """The Unsupported of a demo of which this machine can do no part, given name → why not. Each reason stands there
    once, with what mends it.
    """
    alike: dict[str, list[str]] = {}
    for name, e in refused.items():
        alike.setdefault(e.reason, []).append(name)
    reasons = []
    for names in alike.values():
        first = refused[names[0]]
        whats = " and ".join(dict.fromkeys(refused[name].what for name in names))
        # Where it begins with that there is no need to say it twice.
        reason = first.why if first.why.startswith(whats) else f"{whats}: {first.why}"
        reasons.append(f"{', '.join(names)}: {reason}")
    return Unsupported(
        f"the demo of {demo}", "; ".join(reasons), "; or: ".join(dict.fromkeys(e.mend for e in refused.values()))
    )
