"""`nslab.map_panel()`: the machine's namespaces, or a tree of cgroups, as a diagram that follows it."""

from __future__ import annotations

import time
from typing import Any

from nslab.cgroups.tree import hierarchies
from nslab.lab.nsmap import ns_map
from nslab.show.live import blocks
from nslab.show.live.panel import Panel

NAMESPACES = "namespaces"
EVERY = 1.0
"""Seconds between two looks."""
PART = 20
"""A look may take one part in so many of the time: where it takes long, the looks are rarer."""


def map_panel(what: str = NAMESPACES) -> MapPanel:
    """Return a panel with a diagram of the machine that is redrawn when something comes or goes.

    `what`: "namespaces", or a cgroup hierarchy by a subsystem in it, or by its name. Raises ValueError for another.
    Source: lsns(8), cgroups(7).
    """
    titles = _titles()
    if what != NAMESPACES and what not in titles:
        there = {name: h.title for h in hierarchies() for name in (*h.subsystems, h.title)}
        if what not in there:
            raise ValueError(f"what={what!r}: choose one of {', '.join([NAMESPACES, *there])}")
        what = there[what]
    return MapPanel(what)


def _titles() -> list[str]:
    return [h.title for h in hierarchies()]


class MapPanel(Panel):
    """See map_panel()."""

    title = "Map: what there is now"
    about = "Start a sandbox or a cgroup, here or in a terminal, and see it come and go."
    every = 0.25

    def __init__(self, what: str) -> None:
        super().__init__()
        self.what = what
        self.body = ""
        self.looks = 0
        self._next = 0.0

    def begin(self) -> None:
        self._next = 0.0
        self._look()

    def step(self, now: float) -> None:
        if now < self._next:
            return
        started, before = time.monotonic(), self.body
        self._look()
        self._next = now + max(EVERY, PART * (time.monotonic() - started))
        if self.body != before:
            self.draw()

    def _look(self) -> None:
        self.looks += 1
        if self.what == NAMESPACES:
            self.body = ns_map().diagram()._repr_html_()
        else:
            found = next((h for h in hierarchies() if h.title == self.what), None)
            if found is None:
                raise ProcessLookupError(f"the hierarchy {self.what} is not mounted any more")
            name = found.name or (found.subsystems[0] if found.subsystems else "")
            self.body = hierarchies().diagram(*([name] if name else []))._repr_html_()

    def shown(self) -> list[blocks.Block]:
        return [
            blocks.bar("what", blocks.choice("what", "Show", self.what, [NAMESPACES, *_titles()])),
            blocks.html("map", self.body),
        ]

    def picture(self) -> str:
        return self.body

    def table(self) -> tuple[list[str], list[list[Any]]]:
        found = ns_map()
        kinds = sorted({n.type for n in found})
        return ["type", "namespaces"], [[kind, len(found.types(kind))] for kind in kinds]

    def do_what(self, what: str) -> None:
        """Show something else."""
        self.what = what
        self._look()
