"""The freezer panel: a process that counts, stopped and let go on."""

from __future__ import annotations

from typing import Any

from nslab.cgroups.bench import load
from nslab.cgroups.core.knobs import FROZEN
from nslab.cgroups.freezer.experiment import state
from nslab.cgroups.panel.base import GroupPanel
from nslab.experiment.samples import Chart
from nslab.lab.client.child import Child
from nslab.show.live import blocks

PAUSE = 0.05
"""Seconds between two ticks."""
TICKS = "ticks"


class FreezerPanel(GroupPanel):
    """See panel()."""

    title = "freezer: stopped, and on again"
    about = "A process counts twenty times a second. While its group is frozen the line is flat: it does nothing."
    subsystems = ("freezer",)

    def __init__(self) -> None:
        super().__init__()
        self._child: Child | None = None
        self.new_chart(TICKS)

    def begin(self) -> None:
        super().begin()
        self._child = self.run(load.tick, PAUSE)

    def end(self) -> None:
        self._child = None
        super().end()

    def rehearse(self) -> None:
        """The process counts from the start of the panel."""

    def step(self, now: float) -> None:
        if self._child is None:
            return
        self.charts[TICKS].add(now, {TICKS: len(self._child.read_output())})
        if not self._child.alive:
            self.charts[TICKS].mark(now, "it has ended")
            self._child = None
            self.draw()

    def words(self, now: float) -> None:
        self.put("state", state(self.group))
        self.put("procs", " ".join(map(str, self.group.procs)) or "nobody")

    def shown(self) -> list[blocks.Block]:
        runs, frozen = self._child is not None, self.group.frozen
        return [
            blocks.bar(
                "tools",
                blocks.button("freeze", "Thaw" if frozen else "Freeze", pressed=frozen, main=True),
                blocks.button("kill", "Kill", off=not runs, label="Send it SIGKILL"),
                blocks.button("start", "Start another", off=runs or frozen),
                *self.tools(),
            ),
            blocks.chart(TICKS, "counted so far", TICKS, [TICKS], near=True),
            blocks.bar("numbers", f"{FROZEN.form_of(self.group).file} says",
                       blocks.text(state(self.group), key="state", tone="code"),
                       "and in the group is", blocks.text("…", key="procs", tone="code")),
            self.written(),
        ]  # fmt: skip

    def table(self) -> tuple[list[str], list[list[Any]]]:
        ticks = len(self._child.read_output()) if self._child else "–"
        return ["process", "ticks", "state"], [["counts", ticks, state(self.group) if self.above else "–"]]

    def kept_charts(self) -> list[Chart]:
        counted = self.charts[TICKS].series(TICKS)[0]
        return [self.chart_of(TICKS, "counted so far", TICKS, [TICKS], bottom=counted[0][1] if counted else 0.0)]

    def do_freeze(self) -> None:
        """Freeze the group, or thaw it."""
        frozen = self.group.frozen
        if frozen:
            self.group.thaw()
        else:
            self.group.freeze()
        self.note(self.group)
        self.charts[TICKS].mark(self.now, "thawed" if frozen else "frozen")

    def do_kill(self) -> None:
        """Send the process SIGKILL; in v1 one that is frozen dies of it once it is thawed."""
        if self._child is not None:
            self._child.kill()
            self.charts[TICKS].mark(self.now, "SIGKILL")
            if self.group.frozen and not self.group.place("freezer").rules.kills_frozen:
                self.say("Its SIGKILL is pending: v1 lets a frozen process die only once it is thawed.")

    def do_start(self) -> None:
        """Start another process that counts."""
        if self._child is None:
            self.charts[TICKS].clear()
            self._child = self.run(load.tick, PAUSE)
            self._child.heard()


def panel() -> FreezerPanel:
    """Return a panel: a process that counts twenty times a second, a chart of its count, and buttons to freeze its
    group, to thaw it, and to kill it while it is frozen. Raises `nslab.Unsupported`. Source: freezer-subsystem.rst.
    """
    return FreezerPanel()
