"""The memory panel: allocate until the limit answers, by taking back or by killing."""

from __future__ import annotations

import errno
import signal
from typing import Any

from nslab.cgroups.bench import measure, memload
from nslab.cgroups.core.quantities import MEMORY_FILES, MEMORY_USAGE, SLOWED, Quantity
from nslab.cgroups.core.units import MIB, checked_size, shown_size
from nslab.cgroups.memory.experiment import file_on_disk, free_swap, swap_off
from nslab.cgroups.panel.base import GroupPanel
from nslab.errors import Unsupported
from nslab.experiment.samples import Chart
from nslab.lab.client.child import Child
from nslab.lab.upkeep import cgroup_cleanup
from nslab.show.live import blocks

STEP = 8
"""MiB that are taken at once."""
FILE = 16
"""MiB of the file that is read into the page cache."""
LIMITS = (16, 24, 32, 48, 64, 96, 128, 192, 256)
PILOT = 0.5
"""Seconds between two allocations of the autopilot."""
NUMBERS = (("usage", "now"), ("files", "of it files"), ("swap", "in swap"), ("peak", "at most"), ("hits", "limit met"),
           ("kills", "OOM kills"))  # fmt: skip
"""Key → what it is called."""
USAGE, FILES, SWAP, MIBS = "usage", "files", "swap", "MiB"
SERIES = [USAGE, FILES, SWAP]
READING = 0.2
QUIET = 1.0
"""Seconds between two marks of the same kind."""
GONE = 1.0
"""Seconds within which a process ends after the kernel has counted its OOM kill."""


class MemoryPanel(GroupPanel):
    """See nslab.cgroups.memory.panel."""

    title = "memory: up to the limit, and past it"
    about = (f"A process takes {STEP} MiB at a time. At its limit the kernel first takes back what it can (files), "
             "then it kills. Dashed: the limit. Files are a part of the usage; what is in swap is not.")  # fmt: skip
    subsystems = ("memory",)

    def __init__(self, limit: int) -> None:
        super().__init__()
        self.limit = limit
        self.high: int | None = None
        self.pilot = self.swap = False
        self._pace = PILOT
        self._most = 0.0
        self._child: Child | None = None
        self._readers: list[Child] = []
        self._usage: measure.Counter | None = None
        self._files: measure.Counter | None = None
        self._seen = (0, 0)
        self._slowed = 0
        self._next = self._marked = 0.0
        self._path = ""
        self.new_chart(USAGE)

    def begin(self) -> None:
        super().begin()
        self.pilot, self.swap, self.high, self._child, self._pace = False, False, None, None, PILOT
        self._seen, self._slowed, self._next, self._marked, self._most = (0, 0), 0, 0.0, -QUIET, 0.0
        swap_off(self.group)
        self.set(self.group, "memory_max", self.limit * MIB)
        self._usage = self._counter(MEMORY_USAGE)
        self._files = self._counter(MEMORY_FILES)

    def _counter(self, quantity: Quantity) -> measure.Counter:
        counter = measure.Counter(self.group, quantity, per=MIB)
        self.stack.callback(counter.close)
        return counter

    def end(self) -> None:
        self._child, self._readers = None, []
        super().end()

    def rehearse(self) -> None:
        self.pilot, self._pace = True, 0.0
        self.do_take()

    def step(self, now: float) -> None:
        assert self._usage is not None
        assert self._files is not None
        found = {USAGE: self._usage.read(), FILES: self._files.read()}
        if self.swap:
            found[SWAP] = self.group.swap_usage / MIB
        self._most = max(self._most, found[USAGE])
        theory = {USAGE: self.limit if self.high is None else min(self.high, self.limit)}
        self.charts[USAGE].add(now, found, theory)
        for reader in [r for r in self._readers if not r.alive]:
            reader.wait(measure.START)
            self._readers.remove(reader)
        events = self.group.memory_events
        limit, kills = (new - old for new, old in zip(events, self._seen, strict=True))
        self._seen = (events.limit, events.oom_kills)
        if kills:
            self._killed(now)
        elif limit and now - self._marked >= QUIET:
            self._marked = now
            self.charts[USAGE].mark(now, "reclaim")
        if self.high is not None and (slowed := SLOWED.of(self.group)) != self._slowed:
            self._slowed = slowed
            if now - self._marked >= QUIET:
                self._marked = now
                self.charts[USAGE].mark(now, "slowed down")
        if self.pilot and now >= self._next:
            self._next = now + self._pace
            self.do_take()

    def _killed(self, now: float) -> None:
        self.charts[USAGE].mark(now, "OOM kill")
        self.pilot, child = False, self._child
        # The kernel counts first, and the process ends some moments later. One that lives on was not the one that was
        # killed.
        if child is not None and cgroup_cleanup.wait_until(lambda: not child.alive, GONE):
            child.wait(measure.START)
            self._child = None
        self.draw()
        self.say("The kernel found nothing more to take back, and killed the process (OOM). Allocate starts another.")

    def words(self, now: float) -> None:
        events = self.group.memory_events
        self.put("usage", shown_size(self.group.memory_usage))
        self.put("files", shown_size(self._files.read() * MIB if self._files else 0))
        self.put("peak", shown_size(self._peak()))
        self.put("hits", str(events.limit))
        self.put("kills", str(events.oom_kills))
        self.put("swap", shown_size(self.group.swap_usage))

    def shown(self) -> list[blocks.Block]:
        extra = []
        if SLOWED.is_there(self.group):  # v1's memory_high slows nobody down
            extra.append(blocks.slider("high", "memory_high", self.high, (*LIMITS, None), unit=MIBS, none="none",
                                       show=True))  # fmt: skip
        if free_swap():
            extra.append(blocks.check("swap", "may use swap", self.swap))
        return [
            blocks.bar(
                "tools",
                blocks.button("take", f"Allocate {STEP} MiB", main=True),
                blocks.button("give", f"Free {STEP} MiB", off=self._child is None),
                blocks.button("file", f"Read a file of {FILE} MiB"),
                blocks.check("pilot", f"autopilot: {STEP} MiB every {PILOT} s", self.pilot),
                *self.tools(),
            ),
            blocks.bar("knobs", blocks.slider("limit", "memory_max", self.limit, LIMITS, unit=MIBS, show=True),
                       *extra),
            blocks.chart(USAGE, "memory of the group", MIBS, self._lines()),
            blocks.bar("numbers", *(part for key, word in NUMBERS
                                    for part in (blocks.text(f"{word}:", tone="soft"),
                                                 blocks.text("–", key=key, tone="code")))),
            self.written(),
        ]  # fmt: skip

    def _peak(self) -> float:
        """The most that was in use, in bytes: as the kernel has it, or of the samples (v2 before Linux 5.19)."""
        try:
            return float(self.group.memory_peak)
        except Unsupported:
            return self._most * MIB

    def _lines(self) -> list[str]:
        return SERIES if self.swap else SERIES[:2]

    def table(self) -> tuple[list[str], list[list[Any]]]:
        most = shown_size(self._peak()) if self.above else "–"
        return ["group", "memory_max", "most in use", "limit met", "OOM kills"], [
            ["one process", f"{self.limit} MiB", most, *self._seen]
        ]  # fmt: skip

    def kept_charts(self) -> list[Chart]:
        return [self.chart_of(USAGE, "memory of the group", MIBS, self._lines())]

    def do_take(self) -> None:
        """Let the process take more; start one if there is none."""
        if self._child is None or not self._child.alive:
            self._child = self.run(memload.on_request, STEP * MIB)
            self._child.heard()
        self._child.kill(signal.SIGUSR1)

    def do_give(self) -> None:
        """Let the process give back what it took last."""
        if self._child is not None:
            self._child.kill(signal.SIGUSR2)

    def do_file(self) -> None:
        """Read a file in the group: what the kernel keeps of it counts, and can be taken back."""
        if not self._path:
            self._path = self.stack.enter_context(file_on_disk(FILE * MIB))
            self.stack.callback(self._forget)
        self._readers.append(self.run(memload.read, self._path, READING))
        self.charts[USAGE].mark(self.now, "a file is read")

    def _forget(self) -> None:
        self._path = ""

    def do_pilot(self, on: bool) -> None:
        """Allocate again and again, until the kernel kills."""
        self.pilot, self._pace = on, PILOT

    def do_swap(self, on: bool) -> None:
        """Let what does not fit go to swap, or let it fit or die."""
        self.set(self.group, "swap_max", None if on else 0)
        self.swap = on
        self.charts[USAGE].mark(self.now, f"{'with' if on else 'without'} swap")

    def do_limit(self, value: Any) -> None:
        """Set the limit, in MiB. Below what is in use the kernel takes back first, and may kill."""
        checked = _checked_mib("memory_max", value)
        try:
            self.set(self.group, "memory_max", checked * MIB)
        except OSError as e:
            if e.errno != errno.EBUSY:
                raise
            used = shown_size(self.group.memory_usage)
            raise ValueError(f"memory_max={checked} MiB: EBUSY, as {used} are in use, and v1 kills nobody for a new "
                             "limit: free some first") from None  # fmt: skip
        self.limit = checked
        self.charts[USAGE].mark(self.now, f"limit {checked} MiB")

    def do_high(self, value: Any) -> None:
        """Set the mark above which the kernel takes back and slows down, in MiB (v2)."""
        checked = None if value is None else _checked_mib("memory_high", value)
        self.set(self.group, "memory_high", None if checked is None else checked * MIB)
        self.high = checked
        self.charts[USAGE].mark(self.now, f"high {'none' if checked is None else f'{checked} MiB'}")


def _checked_mib(name: str, value: Any) -> int:
    low, high = LIMITS[0], LIMITS[-1]
    if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value) or not low <= value <= high:
        raise ValueError(f"{name}={value!r}: give a whole number from {low} to {high} MiB")
    return int(value)


def panel(limit: int | str = "64M") -> MemoryPanel:
    """Return a panel: a process that takes 8 MiB at each press of a button, a slider for its limit, and a live chart.

    `limit`: bytes, or text such as "64M", 16 to 256 MiB to begin with. Raises TypeError and ValueError for other
    values, `nslab.Unsupported`. Source: cgroup-v2.rst ("Memory").
    """
    return MemoryPanel(checked_size("limit", limit, LIMITS[0] * MIB, LIMITS[-1] * MIB) // MIB)
