"""The memory panel: allocate until the limit answers, by taking back or by killing."""

from __future__ import annotations

import signal
from typing import Any

from nslab.cgroups import measure, memload
from nslab.cgroups.memory import file_on_disk, swap_off
from nslab.cgroups.panels.base import GroupPanel
from nslab.cgroups.units import MIB, shown_size
from nslab.lab.handle import Child
from nslab.samples import Chart
from nslab.show.live import blocks

STEP = 8
"""MiB that are taken at once."""
FILE = 16
"""MiB of the file that is read into the page cache."""
LIMITS = (16, 24, 32, 48, 64, 96, 128, 192, 256)
PILOT = 0.5
"""Seconds between two allocations of the autopilot."""
NUMBERS = (("usage", "now"), ("peak", "at most"), ("hits", "limit met"), ("kills", "OOM kills"), ("swap", "swap"))
"""Key → what it is called."""
USAGE, MIBS = "usage", "MiB"
READING = 0.2
QUIET = 1.0
"""Seconds between two marks of the same kind."""


class MemoryPanel(GroupPanel):
    """See nslab.cgroups.memory.panel."""

    title = "memory: up to the limit, and past it"
    about = (f"A process takes {STEP} MiB at a time. At its limit the kernel first takes back what it can (files), "
             "then it kills. Dashed: the limit. Swap is off in the group, so nothing goes there.")  # fmt: skip
    subsystems = ("memory",)
    clearable = frozenset({"high"})

    def __init__(self, limit: int) -> None:
        super().__init__()
        self.limit = limit
        self.high: int | None = None
        self.pilot = False
        self._child: Child | None = None
        self._readers: list[Child] = []
        self._usage: measure.Counter | None = None
        self._seen = (0, 0)
        self._next = self._marked = 0.0
        self._path = ""
        self.new_strip(USAGE)

    def begin(self) -> None:
        super().begin()
        self.pilot, self.high, self._child, self._seen, self._next, self._marked = False, None, None, (0, 0), 0.0, 0.0
        swap_off(self.group)
        self.set(self.group, "memory_max", self.limit * MIB)
        name = "memory.current" if self.group.version("memory") == 2 else "memory.usage_in_bytes"
        self._usage = measure.Counter(self.group.path("memory", name), scale=1 / MIB)
        self.stack.callback(self._usage.close)

    def end(self) -> None:
        self._child, self._readers = None, []
        super().end()

    def rehearse(self) -> None:
        self.do_take()
        self.do_take()

    def step(self, now: float) -> None:
        assert self._usage is not None
        theory = {USAGE: self.high if self.high is not None else self.limit}
        self.charts[USAGE].add(now, {USAGE: self._usage.read()}, theory)
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
        if self.pilot and now >= self._next:
            self._next = now + PILOT
            self.do_take()

    def _killed(self, now: float) -> None:
        self.charts[USAGE].mark(now, "OOM kill")
        if self._child is not None:
            self._child.wait(measure.START)
            self._child = None
        self.pilot = False
        self.draw()
        self.say("The kernel found nothing more to take back, and killed the process (OOM). Allocate starts another.")

    def words(self, now: float) -> None:
        events = self.group.memory_events
        self.put("usage", shown_size(self.group.memory_usage))
        self.put("peak", shown_size(self.group.memory_peak))
        self.put("hits", str(events.limit))
        self.put("kills", str(events.oom_kills))
        self.put("swap", shown_size(self.group.swap_usage))

    def shown(self) -> list[blocks.Block]:
        v2 = self.group.version("memory") == 2
        high = blocks.slider("high", "memory_high", self.high, (*LIMITS, None), unit=MIBS, none="none", show=True)
        return [
            blocks.bar(
                "tools",
                blocks.button("take", f"Allocate {STEP} MiB", main=True),
                blocks.button("give", f"Free {STEP} MiB", off=self._child is None),
                blocks.button("file", f"Read a file of {FILE} MiB"),
                blocks.check("pilot", "autopilot", self.pilot),
                *self.tools(),
            ),
            blocks.bar("knobs", blocks.slider("limit", "memory_max", self.limit, LIMITS, unit=MIBS, show=True),
                       *([high] if v2 else [])),
            blocks.chart(USAGE, "memory of the group", MIBS, [USAGE]),
            blocks.bar("numbers", *(part for key, word in NUMBERS
                                    for part in (blocks.text(f"{word}:", tone="soft"),
                                                 blocks.text("–", key=key, tone="code")))),
            self.written(),
        ]  # fmt: skip

    def table(self) -> tuple[list[str], list[list[Any]]]:
        used = shown_size(self.group.memory_usage) if self.above else "–"
        return ["group", "memory_max", "usage", "limit met", "OOM kills"], [
            ["one process", f"{self.limit} MiB", used, *self._seen]
        ]  # fmt: skip

    def kept_charts(self) -> list[Chart]:
        return [self.chart_of(USAGE, "memory of the group", MIBS, [USAGE])]

    def do_take(self) -> None:
        """Let the process take more; start one if there is none."""
        if self._child is None or not self._child.alive:
            self._child = self.group.clone(memload.on_request, args=(STEP * MIB,), stream=False)
            measure.wait_for_output(self._child)
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
        self._readers.append(self.group.clone(memload.read, args=(self._path, READING), stream=False))
        self.charts[USAGE].mark(self.now, "a file is read")

    def _forget(self) -> None:
        self._path = ""

    def do_pilot(self, on: bool) -> None:
        """Allocate again and again, until the kernel kills."""
        self.pilot = on

    def do_limit(self, value: Any) -> None:
        """Set the limit, in MiB. Below what is in use the kernel takes back first, and may kill."""
        checked = _checked_mib("memory_max", value)
        self.set(self.group, "memory_max", checked * MIB)
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
