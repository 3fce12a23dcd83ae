"""The pids panel: a fork bomb that is bounded, against the ceiling of its group."""

from __future__ import annotations

from typing import Any

from nslab.cgroups.bench import load, measure
from nslab.cgroups.core.knobs import PIDS_MAX
from nslab.cgroups.panel.base import GroupPanel
from nslab.cgroups.pids.experiment import checked_limit
from nslab.experiment.samples import Chart
from nslab.lab.client.child import Child
from nslab.show.live import blocks

MOST = 60
"""Processes that there are without a limit."""
PAUSE, LONGEST = 0.2, 60.0
"""Seconds between two forks of one process; and after which the bomb ends by itself."""
LIMITS = (3, 5, 10, 15, 20, 25, 30, 40, 50, MOST, None)
COUNT = "processes"


class PidsPanel(GroupPanel):
    """See panel()."""

    title = "pids: a fork bomb and its ceiling"
    about = (f"Each process forks every {PAUSE} s, and so does each child. There are never more than {MOST}, and after "
             f"{LONGEST:.0f} s all end. Dashed: the limit. A lower one kills nobody: it refuses forks.")  # fmt: skip
    subsystems = ("pids",)

    def __init__(self, limit: int) -> None:
        super().__init__()
        self.limit: int | None = limit
        self._bomb: Child | None = None
        self._refused = 0
        self._first = True
        self.new_chart(COUNT)

    def begin(self) -> None:
        super().begin()
        self._bomb, self._refused, self._first = None, 0, True
        self.set(self.group, "pids_max", self.limit)

    def rehearse(self) -> None:
        self.do_start()

    def step(self, now: float) -> None:
        # Not pids.current: it counts also a fork that is being refused at this very moment.
        theory = {} if self.limit is None else {COUNT: self.limit}
        self.charts[COUNT].add(now, {COUNT: len(self.group.procs)}, theory)
        refused = self.group.pids_refused
        if refused > self._refused and self._first:
            self._first = False
            self.charts[COUNT].mark(now, "fork() says EAGAIN")
        self._refused = refused
        if self._bomb is not None:
            # Each refused fork is printed. It is read here, since processes that are stuck in a full pipe would not end
            # in time.
            self._bomb.read_output()
        if self._bomb is not None and not self._bomb.alive and not self.group.procs:
            self._bomb = None
            self.draw()

    def words(self, now: float) -> None:
        self.put("count", str(len(self.group.procs)))
        self.put("refused", str(self._refused))

    def shown(self) -> list[blocks.Block]:
        runs = self._bomb is not None
        return [
            blocks.bar(
                "tools",
                blocks.button("start", "Start the fork bomb", main=not runs, off=runs),
                blocks.button("kill", "Kill all in the group", off=not runs),
                *self.tools(),
            ),
            blocks.bar("knob", blocks.slider("limit", "pids_max", self.limit, LIMITS, none="none", show=True)),
            blocks.chart(COUNT, "processes in the group", COUNT, [COUNT], step=True),
            blocks.bar("numbers", "Now:", blocks.text("0", key="count", tone="code"), "processes. Refused forks:",
                       blocks.text("0", key="refused", tone="code")),
            self.written(),
        ]  # fmt: skip

    def table(self) -> tuple[list[str], list[list[Any]]]:
        now = len(self.group.procs) if self.above else "–"
        return ["group", "pids_max", "processes", "refused forks"], [["bomb", self.limit or "none", now, self._refused]]

    def kept_charts(self) -> list[Chart]:
        return [self.chart_of(COUNT, "processes in the group", COUNT, [COUNT], step=True)]

    def do_start(self) -> None:
        """Start the bomb."""
        if self._bomb is None:
            self._bomb = self.run(load.fork_bomb, MOST, PAUSE, LONGEST)
            self._bomb.heard()

    def do_kill(self) -> None:
        """Kill every process of the group."""
        self.group.kill()
        if self._bomb is not None:
            self._bomb.wait(measure.START)
            self._bomb = None

    def do_limit(self, value: Any) -> None:
        """Set the ceiling, or take it away."""
        checked = PIDS_MAX.check("pids_max", value)
        self.set(self.group, "pids_max", checked)
        # Forks that the earlier limit refused must not be counted for this one.
        self.limit, self._refused, self._first = checked, self.group.pids_refused, True
        self.charts[COUNT].mark(self.now, f"pids_max {'none' if checked is None else checked}")


def panel(limit: int = 20) -> PidsPanel:
    """Return a panel: a fork bomb that is bounded, a slider for its ceiling, and a live chart of its processes.

    `limit`: 3 to 60 processes to begin with. Raises TypeError and ValueError for other values, `nslab.Unsupported`.
    Source: pids.rst.
    """
    return PidsPanel(checked_limit(limit))
