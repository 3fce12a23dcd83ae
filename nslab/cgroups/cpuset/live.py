"""The cpuset panel: tick the CPUs that a group may use, and see where its loads run."""

from __future__ import annotations

from collections import deque
from typing import Any

import psutil

from nslab.cgroups.bench import load
from nslab.cgroups.cpuset.experiment import one_cpu
from nslab.cgroups.panel.base import GroupPanel
from nslab.errors import checked_whole
from nslab.experiment.samples import Chart
from nslab.lab.client.child import Child
from nslab.lab.power.cpus import usable_cpus
from nslab.linux import process
from nslab.show.live import blocks

BUSY = "busy"
WINDOW = 6
"""Steps over which a CPU's use is averaged: the kernel counts it in hundredths of a second."""
SHOWN = 8
"""CPUs that have a line in the chart."""
LOADS = ("1", "2", "3", "4")


class CpusetPanel(GroupPanel):
    """See nslab.cgroups.cpuset.panel."""

    title = "cpuset: which CPUs"
    about = "Each load wants a whole CPU, and may run on every one. The set of its group decides."
    subsystems = ("cpuset",)

    def __init__(self, loads: int) -> None:
        super().__init__()
        self.online = usable_cpus()
        self.cpus = self.online
        self.loads = loads
        self._children: list[Child] = []
        self._times: deque[list[tuple[float, float]]] = deque(maxlen=WINDOW)
        self.new_chart(BUSY)

    @property
    def names(self) -> list[str]:
        """The lines of the chart."""
        return [f"CPU {cpu}" for cpu in self.online[:SHOWN]]

    def begin(self) -> None:
        super().begin()
        self.cpus = self.online
        self._times.clear()
        self.set(self.group, "cpus", self.cpus)

    def end(self) -> None:
        self._children = []
        super().end()

    def rehearse(self) -> None:
        self.do_run()
        self.do_cpu(str(self.online[0]), False)

    def step(self, now: float) -> None:
        self._times.append([_busy(times) for times in psutil.cpu_times(percpu=True)])
        first, last = self._times[0], self._times[-1]
        used = {}
        for name, (busy, total), (busy_now, total_now) in zip(self.names, first, last, strict=False):
            if total_now > total:
                used[name] = 100 * (busy_now - busy) / (total_now - total)
        if used:
            self.charts[BUSY].add(now, used, self._expected())

    def _expected(self) -> dict[str, float]:
        """How busy each CPU of the set is at least. Nothing is expected where there are fewer loads than CPUs."""
        if len(self._children) < len(self.cpus):
            return {}
        return {f"CPU {cpu}": 100.0 for cpu in self.cpus if cpu in self.online[:SHOWN]}

    def words(self, now: float) -> None:
        self.put("where", self._where())

    def shown(self) -> list[blocks.Block]:
        runs = bool(self._children)
        return [
            blocks.bar(
                "tools",
                blocks.button("run", "Stop the loads" if runs else "Start the loads", main=not runs),
                blocks.choice("loads", "how many", str(self.loads), LOADS),
                *self.tools(),
            ),
            blocks.bar("cpus", "The group may use",
                       *(blocks.check(f"cpu:{cpu}", f"CPU {cpu}", cpu in self.cpus) for cpu in self.online)),
            blocks.chart(BUSY, "busy, with whatever", "%", self.names, top=100),
            blocks.bar("where", blocks.text(self._where(), key="where", tone="code")),
            self.written(),
        ]  # fmt: skip

    def _where(self) -> str:
        if not self._children:
            return "no load runs"
        return ", ".join(f"process {c.pid} on CPU {process.processor(c.pid, c.pid)}" for c in self._children)

    def table(self) -> tuple[list[str], list[list[Any]]]:
        allowed = self.group.cpus if self.above else self.cpus
        return ["loads", "cpuset.cpus", "where they run"], [
            [self.loads, allowed, self._where() if self.above else "–"]
        ]  # fmt: skip

    def kept_charts(self) -> list[Chart]:
        return [self.chart_of(BUSY, "busy", "%", self.names, top=105.0)]

    def do_run(self) -> None:
        """Start the loads, or end them."""
        if self._children:
            self._halt()
        else:
            self._children = [
                self.run(load.burn, self.online) for _ in range(self.loads)
            ]  # fmt: skip
        self.charts[BUSY].mark(self.now, "loads start" if self._children else "loads stop")

    def _halt(self) -> None:
        self.group.kill()
        for child in self._children:
            child.wait(10)
        self._children = []

    def do_loads(self, count: str) -> None:
        """Choose how many loads there are."""
        self.loads = int(count)
        if self._children:
            self._halt()
            self.do_run()

    def do_cpu(self, cpu: str, allowed: bool) -> None:
        """Give the group a CPU, or take it away."""
        wanted = {*self.cpus, int(cpu)} if allowed else {*self.cpus} - {int(cpu)}
        if not wanted:
            raise ValueError(f"CPU {cpu} is the last one of the group: give it another first")
        self.set(self.group, "cpus", sorted(wanted))
        self.cpus = tuple(sorted(wanted))
        self.charts[BUSY].mark(self.now, f"{'with' if allowed else 'without'} CPU {cpu}")


def _busy(times: Any) -> tuple[float, float]:
    idle = times.idle + times.iowait
    total = sum(times) - times.guest - times.guest_nice  # which are in user and nice, too
    return total - idle, total


def panel(loads: int = 2) -> CpusetPanel:
    """Return a panel: a box to tick for each CPU, loads in the group, and a live chart of how busy each CPU is.

    `loads`: 1 to 4 processes. Raises TypeError and ValueError for other values, `nslab.Unsupported` on a machine with
    one CPU. Source: cpuset(7).
    """
    count = checked_whole("loads", loads, 1, 4, "processes")
    if len(usable_cpus()) < 2:
        raise one_cpu("the panel of cpuset")
    return CpusetPanel(count)
