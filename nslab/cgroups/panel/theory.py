"""What each group ought to get of one CPU, by its weight, its quota and who else wants some.

Source: sched-design-CFS.rst ("group scheduler extensions"), sched-bwc.rst.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Wish:
    """One group: its weight, its quota in percent of one CPU (None is no limit), and whether it wants CPU time.

    With groups `inside` it wants what they want together.
    """

    name: str
    weight: float
    quota: float | None = None
    wants: bool = True
    inside: tuple[Wish, ...] = ()


def expected(wishes: Sequence[Wish], available: float = 100.0) -> dict[str, float]:
    """Group → percent of one CPU, for every group and those inside.

    CPU time is divided by weight; what a group may not use, because of its quota, goes to the others.
    """
    got = {wish.name: 0.0 for wish in wishes}
    limits = {wish.name: most(wish) for wish in wishes}
    hungry = [wish for wish in wishes if limits[wish.name] > 0]
    left = available
    while hungry:
        weights = sum(wish.weight for wish in hungry)
        full = [wish for wish in hungry if left * wish.weight / weights >= limits[wish.name]]
        for wish in full or hungry:
            got[wish.name] = limits[wish.name] if full else left * wish.weight / weights
        if not full:
            break
        left -= sum(got[wish.name] for wish in full)
        hungry = [wish for wish in hungry if wish not in full]
    for wish in wishes:
        if wish.inside:
            got |= expected(wish.inside, got[wish.name])
    return got


def most(wish: Wish) -> float:
    """The most that a group can use of one CPU, in percent."""
    wants = min(100.0, sum(map(most, wish.inside))) if wish.inside else 100.0 * wish.wants
    return min(wants, 100.0 if wish.quota is None else wish.quota)
