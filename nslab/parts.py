"""The parts of a demo: which of them were asked for, and what one is called alone. For all rooms that have demos."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from nslab.errors import Unsupported, checked_choice


class Named(Protocol):
    """What a part has, whatever else it has."""

    @property
    def name(self) -> str: ...


P = TypeVar("P", bound=Named)


def chosen(parts: Sequence[P], only: str | Sequence[str] | None) -> list[P]:
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


def claim_of(claim: str, parts: Sequence[Any], wanted: Sequence[Any]) -> str:
    """The demo's claim, or where not all of its parts were asked for, what these are about."""
    if len(wanted) == len(parts):
        return claim
    about = "; ".join(part.about for part in wanted)
    return about[0].upper() + about[1:] + "."


def all_refused(demo: str, refused: Mapping[str, Unsupported]) -> Unsupported:
    """What a demo raises when this machine can do none of its parts (name → why not): each reason once, what mends."""
    reasons: dict[str, list[str]] = {}
    for name, e in refused.items():
        reasons.setdefault(f"{e.what}: {e.why}", []).append(name)
    why = "; ".join(f"{', '.join(names)}: {reason}" for reason, names in reasons.items())
    return Unsupported(f"the demo of {demo}", why, "; or: ".join(dict.fromkeys(e.mend for e in refused.values())))
