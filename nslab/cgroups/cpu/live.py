"""The CPU panel: groups that compete for one CPU, with a slider each for weight and quota."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any

from nslab.cgroups.bench import measure
from nslab.cgroups.core.knobs import QUOTA, WEIGHT, Knob
from nslab.cgroups.core.quantities import PERIODS, THROTTLED, together
from nslab.cgroups.panel.base import GroupPanel
from nslab.cgroups.panel.competitors import MOST, Competitor, checked_new_name, free_name, tree
from nslab.cgroups.panel.theory import expected
from nslab.errors import checked_choice
from nslab.experiment.samples import Chart
from nslab.show.live import blocks

PRESETS: dict[str, dict[str, dict[str, Any]]] = {
    "60 % / 20 %": {"cgrp1": {"quota": 60.0}, "cgrp2": {"quota": 20.0}},
    "1 : 1": {"cgrp1": {"weight": 100}, "cgrp2": {"weight": 100}},
    "3 : 1": {"cgrp1": {"weight": 300}, "cgrp2": {"weight": 100}},
    "nested": {
        "teachers": {"weight": 150},
        "students": {"weight": 50, "inside": {"anna": {"weight": 100}, "ben": {"weight": 300}}},
    },
    "share against ceiling": {
        "share": {"weight": 25}, "ceiling": {"weight": 25, "quota": 25.0}, "company": {"weight": 50},
    },
}  # fmt: skip
"""The name of a picture → its groups with what is not the default."""
OWN = "your own"
WEIGHTS = (1, 2, 5, 10, 20, 25, 30, 40, 50, 60, 75, 100, 150, 200, 250, 300, 400, 500, 600, 800, 1000, 1500, 2000, 3000,
           5000, 10000)  # fmt: skip
QUOTAS = (*(float(percent) for percent in range(5, 105, 5)), None)
WINDOW = 0.38
"""Seconds over which a share is averaged: nearly four periods of a quota, and less than the eye notices."""
LONG = 3.0
"""Seconds for the numbers in the table."""


def panel(groups: str | Mapping[str, int] = "60 % / 20 %") -> CpuPanel:
    """Return a panel: groups with sliders for weight and quota, their loads, and a live chart of who gets what.

    `groups`: a name of PRESETS, or group → weight (1 to 10000) for 1 to 8 groups. Raises TypeError and ValueError for
    other values, `nslab.Unsupported`. Source: sched-design-CFS.rst, sched-bwc.rst.
    """
    if isinstance(groups, str):
        return CpuPanel(checked_choice("groups", groups, list(PRESETS)))
    if not isinstance(groups, Mapping) or not 1 <= len(groups) <= MOST:
        pictures = ", ".join(PRESETS)
        raise TypeError(f"groups={groups!r}: give one of {pictures}, or 1 to {MOST} groups with their weights")
    own: dict[str, dict[str, Any]] = {}
    for name, weight in groups.items():
        own[checked_new_name(name, set(own))] = {"weight": WEIGHT.check(f"weight of {name}", weight)}
    return CpuPanel(OWN, own)


class CpuPanel(GroupPanel):
    """See panel(). `competitors` are its groups; each has `.group`, an nslab.Cgroup, while the panel is shown."""

    title = "cpu: who gets the CPU"
    about = ("Every load wants all of one CPU. A weight divides it among those who want it; a quota is a ceiling, also "
             "when nobody else wants it. Dashed: what theory expects.")  # fmt: skip
    subsystems = ("cpu", "cpuacct")

    def __init__(self, preset: str, own: Mapping[str, Mapping[str, Any]] | None = None) -> None:
        super().__init__()
        self._preset, self._own = preset, own
        self.competitors: list[Competitor] = []
        self.cpu = measure.quiet_cpu()
        self._read: deque[tuple[float, dict[str, float]]] = deque(maxlen=round(LONG / self.every) + 1)
        self._stopped: deque[tuple[float, dict[str, tuple[int, int]]]] = deque(maxlen=round(1 / self.every) + 1)
        self._theory: dict[str, float] = {}
        self.new_chart("share")
        self.new_chart("throttled")

    # -- its life --------------------------------------------------------------------------------------

    def begin(self) -> None:
        super().begin()
        self._fill(self._own or PRESETS[self._preset])

    def end(self) -> None:
        self._empty()
        super().end()

    def rehearse(self) -> None:
        self.do_all()

    def go_on(self) -> None:
        self.do_quota(self._leaves()[0].name, 30.0)

    def step(self, now: float) -> None:
        used = {c.name: c.counter.read() for c in self._leaves() if c.counter}
        self._read.append((now, used))
        got = self._shares(WINDOW)
        if got:
            self.charts["share"].add(now, got, {name: self._theory.get(name, 0.0) for name in got})
        self._stopped.append((now, {c.name: _periods(c) for c in self._limited()}))
        first, last = self._stopped[0][1], self._stopped[-1][1]
        self.charts["throttled"].add(now, {n: _portion(first[n], last[n]) for n in last if n in first})

    def words(self, now: float) -> None:
        got = self._shares(LONG)
        last = self._stopped[-1][1] if self._stopped else {}
        for c in self._all():
            share = sum(got.get(inner.name, 0.0) for inner in c.all() if not inner.inside)
            self.put(f"got:{c.name}", f"{share:.1f} %" if got else "–")
            self.put(f"stopped:{c.name}", f"{last[c.name][0]} ×" if c.name in last else "–")

    # -- what is to be seen ----------------------------------------------------------------------------

    def shown(self) -> list[blocks.Block]:
        names = [c.name for c in self._leaves()]
        head = ["group", "weight", "quota, % of one CPU", "load", "measured", "expected", "stopped", ""]
        rows = {c.name: self._row(c, depth) for c, depth in self._with_depth()}
        runs = any(c.runs for c in self._leaves())
        throttled = blocks.chart("throttled", "periods in which the quota stopped it", "%", names, top=100, low=True)
        own = [OWN] if self._preset == OWN else []
        return [
            blocks.bar(
                "tools",
                blocks.choice("preset", "Picture", self._preset, [*PRESETS, *own]),
                blocks.button("all", "Stop all" if runs else "Start all", main=not runs),
                blocks.button("add", "Add a group", off=len(list(self._all())) >= MOST),
                *self.tools(),
            ),
            blocks.table("groups", f"On CPU {self.cpu}", head, rows),
            blocks.chart("share", f"share of CPU {self.cpu}", "%", names, top=100),
            *([throttled] if self._limited() else []),
            self.written(),
        ]

    def _row(self, c: Competitor, depth: int) -> list[Any]:
        swatch = next((n for n, leaf in enumerate(self._leaves()) if leaf is c), None)
        running = blocks.button(f"load:{c.name}", "Stop" if c.runs else "Start", label=f"Load of {c.name}",
                                pressed=c.runs)  # fmt: skip
        freeze = blocks.button(f"freeze:{c.name}", "Thaw" if c.frozen else "Freeze", label=f"Freeze {c.name}",
                               pressed=c.frozen)  # fmt: skip
        return [
            [blocks.text("└ " * depth, key=f"swatch:{c.name}", swatch=swatch),
             blocks.entry(f"rename:{c.name}", f"Name of {c.name}", c.name)],
            blocks.slider(f"weight:{c.name}", f"Weight of {c.name}", c.weight, WEIGHTS),
            blocks.slider(f"quota:{c.name}", f"Quota of {c.name}", c.quota, QUOTAS, none="none"),
            [*([] if c.inside else [running]), *([freeze] if self.freezes else [])],
            blocks.text("–", key=f"got:{c.name}", tone="code"),
            blocks.text(f"{self._theory.get(c.name, 0.0):.1f} %", key=f"theory:{c.name}", tone="code"),
            blocks.text("–", key=f"stopped:{c.name}", tone="code"),
            blocks.button(f"remove:{c.name}", "×", label=f"Remove {c.name}"),
        ]  # fmt: skip

    def table(self) -> tuple[list[str], list[list[Any]]]:
        shown = self.competitors or tree(self._own or PRESETS[self._preset])
        theory, got = expected([c.wish() for c in shown]), self._shares(LONG)
        return ["group", "weight", "quota", "expected", "measured"], [
            [c.name, c.weight, "no limit" if c.quota is None else f"{c.quota:g} %",
             f"{theory[c.name]:.1f} %" if self.competitors else "–",
             f"{sum(got.get(leaf.name, 0.0) for leaf in c.all()):.1f} %" if got else "–"]
            for top in shown for c in top.all()
        ]  # fmt: skip

    def kept_charts(self) -> list[Chart]:
        names = [c.name for c in self._leaves()]
        return [
            self.chart_of("share", f"share of CPU {self.cpu}", "%", names, top=100.0),
            self.chart_of("throttled", "periods stopped by the quota", "%", names, top=105.0),
        ]

    # -- what its controls do --------------------------------------------------------------------------

    def do_preset(self, name: str) -> None:
        """Show another picture; its loads run when any ran before."""
        if name == OWN:
            return
        settings = PRESETS[checked_choice("preset", name, list(PRESETS))]
        ran = any(c.runs for c in self._all())
        self._empty()
        self._preset, self._own = name, None
        self._fill(settings, ran)

    def do_all(self) -> None:
        """Start every load, or stop all when any runs."""
        run = not any(c.runs for c in self._leaves())
        for c in self._leaves():
            if run:
                c.start(self.cpu)
            else:
                c.stop()
        self._changed("all start" if run else "all stop")

    def do_load(self, name: str) -> None:
        """Start or stop one load."""
        c = self._named(name)
        if c.runs:
            c.stop()
        else:
            c.start(self.cpu)
        self._changed(f"{name} {'starts' if c.runs else 'stops'}")

    def do_freeze(self, name: str) -> None:
        """Freeze a group, or let it run again."""
        c = self._named(name)
        assert c.group is not None
        if c.frozen:
            c.group.thaw()
        else:
            c.group.freeze()
        c.frozen = not c.frozen
        self.note(c.group)
        self._changed(f"{name} {'frozen' if c.frozen else 'thawed'}")

    def do_weight(self, name: str, value: Any) -> None:
        """Set a weight."""
        self._turn(name, WEIGHT, value)

    def do_quota(self, name: str, value: Any) -> None:
        """Set a quota, in percent of one CPU, or take it away."""
        self._turn(name, QUOTA, value)

    def _turn(self, name: str, knob: Knob, value: Any) -> None:
        c = self._named(name)
        checked = knob.check(f"{knob.name} of {name}", value)
        assert c.group is not None
        self.set(c.group, knob.name, checked)
        setattr(c, knob.name, checked)
        self._changed()

    def do_add(self) -> None:
        """Add a group beside the others."""
        assert self.above is not None
        if len(list(self._all())) >= MOST:
            raise ValueError(f"this panel has {MOST} groups, which is all it can show: remove one first")
        c = Competitor(free_name({c.name for c in self._all()}))
        c.make(self.above, self.cpu)
        self.competitors.append(c)
        self._changed(f"{c.name} is there")

    def do_remove(self, name: str) -> None:
        """Remove a group with those inside."""
        c, around, above = self._place_of(name)
        c.remove(above)
        around.remove(c)
        self._changed(f"{name} is gone")

    def do_rename(self, name: str, new: str) -> None:
        """Make the group again under another name: a directory of cgroup v2 cannot be renamed."""
        c, _, above = self._place_of(name)
        if new.strip() == name:
            return
        checked = checked_new_name(new, {other.name for other in self._all()})
        c.remove(above)
        c.name = checked
        c.make(above, self.cpu)
        self._changed()

    # -- its groups ------------------------------------------------------------------------------------

    def _fill(self, settings: Mapping[str, Mapping[str, Any]], run: bool = False) -> None:
        assert self.above is not None
        self.competitors = tree(settings)
        for c in self.competitors:
            for leaf in c.all():
                leaf.runs = run and not leaf.inside
            c.make(self.above, self.cpu)
        for recent in self.charts.values():
            recent.clear()
        self._changed()

    def _empty(self) -> None:
        for c in self.competitors:
            if self.above is not None:
                c.remove(self.above)
        self.competitors = []

    def _changed(self, word: str = "") -> None:
        """What was measured before belongs to other loads or settings: forget it."""
        self._theory = expected([c.wish() for c in self.competitors])
        self._read.clear()
        self._stopped.clear()
        if word:
            self.charts["share"].mark(self.now, word)

    def _with_depth(self) -> list[tuple[Competitor, int]]:
        return [(c, 0 if c is top else 1) for top in self.competitors for c in top.all()]

    def _all(self) -> list[Competitor]:
        return [c for top in self.competitors for c in top.all()]

    def _leaves(self) -> list[Competitor]:
        return [c for c in self._all() if not c.inside]

    def _limited(self) -> list[Competitor]:
        return [c for c in self._leaves() if c.quota is not None]

    def _place_of(self, name: str) -> tuple[Competitor, list[Competitor], Any]:
        """A group, the list that it is in, and the cgroup above it."""
        for top in self.competitors:
            if top.name == name:
                return top, self.competitors, self.above
            for inner in top.inside:
                if inner.name == name:
                    return inner, top.inside, top.group
        raise ValueError(f"group={name!r}: choose one of {', '.join(c.name for c in self._all())}")

    def _named(self, name: str) -> Competitor:
        return self._place_of(name)[0]

    # -- what it measures ------------------------------------------------------------------------------

    def _shares(self, window: float) -> dict[str, float]:
        """Group → percent of what all got over `window` seconds; of the CPU, where theory lets some of it idle.

        The first leaves out what other processes took, which would blur a share; a ceiling is one of the CPU itself.
        """
        if len(self._read) < 2:
            return {}
        last = self._read[-1]
        first = next(read for read in self._read if read[0] >= last[0] - window or read is last)
        if first is last:
            first = self._read[-2]
        used = {name: value - first[1].get(name, value) for name, value in last[1].items()}
        together = sum(used.values())
        if sum(self._theory.get(name, 0.0) for name in used) < 99.9:
            together = last[0] - first[0]
        return {name: 100 * value / together if together > 0 else 0.0 for name, value in used.items()}


def _periods(c: Competitor) -> tuple[int, int]:
    """Periods in which the quota stopped the group, and all periods in which it counted."""
    assert c.group is not None
    stopped, periods = together(c.group, THROTTLED, PERIODS)
    return stopped, periods


def _portion(before: tuple[int, int], after: tuple[int, int]) -> float:
    periods = after[1] - before[1]
    return 100 * (after[0] - before[0]) / periods if periods else 0.0
