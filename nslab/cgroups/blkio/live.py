"""The panel of blkio (io): throughput of a disk against its limits."""

from __future__ import annotations

from collections import deque
from contextlib import suppress
from typing import Any

from nslab.cgroups.bench import ioload, measure
from nslab.cgroups.bench.disk import Disk, disk, moved_by
from nslab.cgroups.blkio.experiment import DIRECTIONS, HIGH
from nslab.cgroups.core.units import MIB, checked_size
from nslab.cgroups.panel.base import GroupPanel
from nslab.experiment.samples import Chart
from nslab.lab.client.child import Child
from nslab.show.live import blocks

LIMITS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, None)
BLOCK = 65536
"""Bytes of a block. With smaller ones a busy machine, on which each block has to wait, would not reach the limit."""
LONGEST = 600.0
"""Seconds after which a load ends by itself."""
WINDOW = 0.55
"""Seconds over which throughput is averaged: the kernel lets through the data of a tenth of a second at once."""
SPEED, UNIT = "throughput", "MiB/s"


class BlkioPanel(GroupPanel):
    """See panel()."""

    title = "blkio: a disk and its limits"
    about = "Two processes move blocks past all caches, one writes and one reads a disk. Dashed: the limits."
    subsystems = ("blkio",)

    def __init__(self, rate: int) -> None:
        super().__init__()
        self._rate = rate
        self.limits: dict[str, float | None] = dict.fromkeys(DIRECTIONS, rate)
        self._running: dict[str, Child] = {}
        self._device: Disk | None = None
        self._moved = dict.fromkeys(DIRECTIONS, 0.0)
        self._before = dict(self._moved)
        self._read: deque[tuple[float, dict[str, float]]] = deque(maxlen=16)
        self.new_chart(SPEED)

    @property
    def device(self) -> Disk:
        """The disk of a panel that lives."""
        assert self._device is not None
        return self._device

    def begin(self) -> None:
        self._device = self.stack.enter_context(disk())
        super().begin()
        self._running, self.limits = {}, dict.fromkeys(DIRECTIONS, self._rate)
        self._read.clear()
        for direction in DIRECTIONS:
            self.do_limit(direction, self._rate)

    def end(self) -> None:
        # The loop device goes once nobody has it open.
        if self.above is not None:
            self._halt(*self._running)
        super().end()
        self._device = None

    def rehearse(self) -> None:
        for direction in DIRECTIONS:
            self.do_run(direction)

    def step(self, now: float) -> None:
        moved = self._count()
        self._read.append((now, moved))
        start, before = next(read for read in self._read if read[0] >= now - WINDOW)
        if now - start >= WINDOW / 3:
            speed = {d: (moved[d] - before[d]) / (now - start) for d in DIRECTIONS}
            running = {d: limit for d, limit in self.limits.items() if limit is not None and d in self._running}
            self.charts[SPEED].add(now, speed, running)
        if ended := [d for d, child in self._running.items() if not child.alive]:
            for direction in ended:
                self._running.pop(direction).wait(measure.START)
            self.draw()

    def _count(self) -> dict[str, float]:
        """MiB in each direction, of all loads so far."""
        for direction, child in self._running.items():
            with suppress(FileNotFoundError, ProcessLookupError):  # of one that has ended by itself
                moved: int = getattr(moved_by(child.pid), f"{direction}_bytes")
                self._moved[direction] = self._before[direction] + moved / MIB
        return dict(self._moved)

    def words(self, now: float) -> None:
        for direction, value in self._speeds().items():
            self.put(direction, f"{value:.2f} {UNIT}")

    def _speeds(self) -> dict[str, float]:
        points = {d: self.charts[SPEED].series(d)[0][-1:] for d in DIRECTIONS}
        return {d: values[0][1] for d, values in points.items() if values}

    def shown(self) -> list[blocks.Block]:
        rows = {d: [
            blocks.text(d, swatch=n),
            blocks.slider(f"limit:{d}", f"Limit of {d}", self.limits[d], LIMITS, unit=UNIT, none="none"),
            blocks.button(f"run:{d}", "Stop" if d in self._running else "Start", label=f"Load: {d}",
                          pressed=d in self._running),
            blocks.text("–", key=d, tone="code"),
        ] for n, d in enumerate(DIRECTIONS)}  # fmt: skip
        return [
            blocks.bar("tools", blocks.button("all", "Stop both" if self._running else "Start both",
                                              main=not self._running), *self.tools()),
            blocks.table("rows", self._caption(), ["direction", "limit", "load", "measured"], rows),
            blocks.chart(SPEED, SPEED, UNIT, list(DIRECTIONS), top=self._top()),
            self.written(),
        ]  # fmt: skip

    def _caption(self) -> str:
        return f"A file on {self.device.node}" if self.device.shared else f"On {self.device.node}"

    def _top(self) -> float | None:
        """Where the axis ends: on a scale for what has no limit, a limit beside it would not be seen."""
        limits = [limit for limit in self.limits.values() if limit is not None]
        return 2.0 * max(limits) if limits else None

    def table(self) -> tuple[list[str], list[list[Any]]]:
        speeds = self._speeds() if self.above else {}
        return ["direction", "limit", "measured"], [
            [d, "none" if limit is None else f"{limit:g} {UNIT}", f"{speeds[d]:.2f} {UNIT}" if d in speeds else "–"]
            for d, limit in self.limits.items()
        ]  # fmt: skip

    def kept_charts(self) -> list[Chart]:
        return [self.chart_of(SPEED, SPEED, UNIT, list(DIRECTIONS), top=self._top())]

    def do_all(self) -> None:
        """Start both loads, or stop what runs."""
        if self._running:
            self._halt(*self._running)
        else:
            for direction in DIRECTIONS:
                self.do_run(direction)

    def do_run(self, direction: str) -> None:
        """Start or stop one load."""
        if direction in self._running:
            self._halt(direction)
            return
        self._before[direction] = self._moved[direction]
        self._running[direction] = self.run(ioload.transfer, self.device.path, direction == "write", BLOCK, LONGEST)

    def _halt(self, *directions: str) -> None:
        for direction in directions:
            self._running[direction].kill()
        for direction in directions:
            self._running.pop(direction).wait(measure.START)

    def do_limit(self, direction: str, value: Any) -> None:
        """Set the limit of one direction, in MiB/s, or take it away."""
        low, high = LIMITS[0] or 0, LIMITS[-2] or 0
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if value is not None and not (number and low <= value <= high):
            raise ValueError(f"limit of {direction}={value!r}: give {low} to {high} {UNIT}, or none")
        limit = None if value is None else round(value * MIB)
        self.set(self.group, "io_max", {self.device.numbers: {f"{direction[0]}bps": limit}})
        self.limits[direction] = value
        if self._running:
            self.charts[SPEED].mark(self.now, f"{direction}: {'no limit' if value is None else f'{value:g} {UNIT}'}")


def panel(bps: int | str = "4M") -> BlkioPanel:
    """Return a panel: loads that write and read a disk (see demo()), a slider for each limit, and a live chart.

    `bps`: the limit of both to begin with: bytes per second, or text such as "4M", 1 to 64 MiB. Raises TypeError and
    ValueError for other values, `nslab.Unsupported`. Source: blkio-controller.rst, cgroup-v2.rst ("IO").
    """
    return BlkioPanel(checked_size("bps", bps, MIB, HIGH) // MIB)
