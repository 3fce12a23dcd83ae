"""`nslab.map_panel()`: the machine's namespaces, or a tree of cgroups, as a diagram that follows it."""

from __future__ import annotations

import time
from collections import Counter, deque
from typing import Any, NamedTuple

from nslab.cgroups.core.hierarchies import hierarchies
from nslab.errors import checked_choice
from nslab.lab.nsmap import ns_map
from nslab.show.live import blocks
from nslab.show.live.panel import Panel
from nslab.show.printable import printable

NAMESPACES = "namespaces"
EVERY = 1.0
"""Seconds between two looks."""
PART = 20
"""Looks may take at most one part in so many of the time: where one takes long, they become rarer."""
LINES = 6
"""Lines of the log of what came and went; each look adds so many at most."""


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


class Seen(NamedTuple):
    """What one look saw: the drawing, and what each thing in it is called. `cost` is in seconds."""

    what: str
    body: str
    things: dict[str, str]
    cost: float


class MapPanel(Panel):
    """See map_panel(). `seen` is what was seen last, `log` what came and went, the newest first."""

    title = "Map: what there is now"
    about = "Start a sandbox or a cgroup, here or in a terminal, and see it come and go."
    every = 0.25

    def __init__(self, what: str) -> None:
        super().__init__()
        self.what = what
        self.seen: Seen | None = None
        self.log: deque[str] = deque(maxlen=LINES)
        self.looks = 0
        self._titles: list[str] = []
        self._looks_now = False
        self._next = 0.0

    def begin(self) -> None:
        self.seen, self._next, self._looks_now = None, 0.0, False
        self.log.clear()
        self._titles = _titles()

    def step(self, now: float) -> None:
        if now >= self._next and not self._looks_now:
            self._look()

    def _look(self) -> None:
        # In a thread: a machine with thousands of processes takes its time.
        self._looks_now = True
        what = self.what
        self.work(lambda: look(what), self._came)

    def _came(self, seen: Seen | Exception) -> None:
        self._looks_now = False
        if isinstance(seen, Exception):
            raise seen
        self.looks += 1
        self._next = self.now + max(EVERY, PART * seen.cost)
        if seen.what != self.what:
            self._next = 0.0
            return
        if self.seen is not None and self.seen.what == seen.what:
            self._compare(self.seen.things, seen.things)
        self.seen = seen

    def _compare(self, before: dict[str, str], now: dict[str, str]) -> None:
        went = [f"− {before[key]}" for key in before if key not in now]
        came = [f"+ {now[key]}" for key in now if key not in before]
        self.log.extendleft((went + came)[:LINES])

    def shown(self) -> list[blocks.Block]:
        return [
            blocks.bar("what", blocks.choice("what", "Show", self.what, [NAMESPACES, *self._titles])),
            blocks.log("log", "Came (+) and went (−), the last first", list(self.log) or ["nothing so far"]),
            blocks.html("map", self.picture(), tall=True),
        ]

    def picture(self) -> str:
        return self.seen.body if self.seen else ""

    def table(self) -> tuple[list[str], list[list[Any]]]:
        counts = Counter(n.type for n in ns_map())
        return ["type", "namespaces"], [[kind, counts[kind]] for kind in sorted(counts)]

    def do_what(self, what: str) -> None:
        """Show something else."""
        self.what = checked_choice("what", what, [NAMESPACES, *self._titles])
        self.log.clear()
        self._next = 0.0
        if not self._looks_now:
            self._look()


def look(what: str) -> Seen:
    """Read the machine. Raises ProcessLookupError for a hierarchy that is gone."""
    started = time.monotonic()
    if what == NAMESPACES:
        found = ns_map()
        body = found.diagram()._repr_html_()
        # The kernel gives the number of one that went to the next: by its sandbox it is told to be another.
        things = {
            f"{n.type}:{n.inode}:{n.sandbox}": f"{n.type}:[{n.inode}] {n.sandbox or printable(n.command)}"
            for n in found
        }
    else:
        trees = hierarchies()
        tree = next((h for h in trees if h.title == what), None)
        if tree is None:
            raise ProcessLookupError(f"the hierarchy {what} is not mounted any more")
        names = [name for name in (tree.name, *tree.subsystems) if name][:1]
        body = trees.diagram(*names)._repr_html_()
        things = {group.path: printable(group.path) for group in tree.root.walk()}
    return Seen(what, body, things, time.monotonic() - started)
