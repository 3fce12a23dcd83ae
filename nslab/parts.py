"""The parts of a demo: which of them were asked for, and what one is called alone. For all rooms that have demos."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, TypeVar

from nslab.errors import checked_choice


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
