"""The groups of the CPU panel: a small tree, each with its knobs, its load, and what the kernel counts for it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from nslab.cgroups.bench import load, measure
from nslab.cgroups.core.group import Cgroup, checked_name
from nslab.cgroups.panel.theory import Wish
from nslab.lab.client.child import Child

MOST = 8


@dataclass
class Competitor:
    """One group: its settings, and the Cgroup once it is made."""

    name: str
    weight: int = 100
    quota: float | None = None
    runs: bool = False
    frozen: bool = False
    inside: list[Competitor] = field(default_factory=list)
    group: Cgroup | None = None
    child: Child | None = None
    counter: measure.Counter | None = None

    def make(self, above: Cgroup, cpu: int) -> None:
        """Make the group with its knobs in `above`, those inside it, and start what is to run."""
        self.group = above.child(self.name, weight=self.weight, quota=self.quota)
        self.counter = measure.cpu_counter(self.group)
        for inner in self.inside:
            inner.make(self.group, cpu)
        if self.runs:
            self.start(cpu)
        if self.frozen:
            self.group.freeze()

    def start(self, cpu: int) -> None:
        """Run a load on that CPU."""
        self.runs = True
        if self.child is None and self.group is not None and not self.inside:
            self.child = self.group.clone(load.burn, args=((cpu,),), stream=False)

    def stop(self) -> None:
        """End the load."""
        self.runs = False
        if self.child is not None:
            self.child.kill()
            if self.frozen and self.group is not None:
                # A signal is acted on once the process runs again (v1).
                self.group.thaw()
                self.frozen = False
            self.child.wait(measure.START)
            self.child = None

    def remove(self, above: Cgroup) -> None:
        """End what runs in it, and remove it with those inside."""
        for inner in [*self.inside]:
            if self.group is not None:
                inner.remove(self.group)
        was = self.runs, self.frozen
        self.stop()
        self.runs, self.frozen = was
        if self.counter is not None:
            self.counter.close()
            self.counter = None
        if self.group is not None:
            self.group.close()
            above.children.remove(self.group)
            self.group = None

    def wish(self) -> Wish:
        """What theory.expected() has to know of the group."""
        inside = tuple(inner.wish() for inner in self.inside)
        if self.frozen:
            return Wish(self.name, self.weight, self.quota, wants=False)
        return Wish(self.name, self.weight, self.quota, self.runs, inside)

    def all(self) -> Iterator[Competitor]:
        """It, and those inside."""
        yield self
        for inner in self.inside:
            yield from inner.all()


def tree(settings: Mapping[str, Mapping[str, Any]]) -> list[Competitor]:
    """Competitors from name → {"weight": …, "quota": …, "inside": {…}}."""
    return [
        Competitor(name, given.get("weight", 100), given.get("quota"), inside=tree(given.get("inside", {})))
        for name, given in settings.items()
    ]


def free_name(taken: set[str]) -> str:
    """cgrp1, cgrp2, … the first that is free."""
    return next(name for n in range(1, len(taken) + 2) if (name := f"cgrp{n}") not in taken)


def checked_new_name(name: object, taken: set[str]) -> str:
    """A name for a group of the panel. Raises ValueError naming it."""
    checked = checked_name("name", re.sub(r"\s+", "-", name.strip()) if isinstance(name, str) else name)
    if checked in taken:
        raise ValueError(f"name={checked!r} is taken in this panel: choose another")
    return checked
