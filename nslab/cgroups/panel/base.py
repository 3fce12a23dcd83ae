"""What the panels of cgroups share: one group that holds all of theirs, and a log of what was written where."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

from nslab.cgroups.bench import measure
from nslab.cgroups.bench.panel_pause import beside
from nslab.cgroups.core.group import Cgroup
from nslab.cgroups.core.knobs import KNOBS
from nslab.cgroups.core.location import where
from nslab.errors import Unsupported
from nslab.experiment.samples import Chart, Samples, Series
from nslab.lab.client.child import Child
from nslab.show.live import blocks
from nslab.show.live.panel import Panel
from nslab.show.live.recent_samples import RecentSamples

LINES = 5
SECONDS = 30.0


class GroupPanel(Panel):
    """A panel of one subsystem. `above` is the group that holds those of the panel, `stack` closes everything else at
    the end.
    """

    subsystems: tuple[str, ...] = ()

    def __init__(self) -> None:
        super().__init__()
        for subsystem in self.subsystems:
            where(subsystem)
        self.log: deque[str] = deque(maxlen=LINES)
        self.stack = ExitStack()
        self.above: Cgroup | None = None
        self._loads: list[Child] = []

    def begin(self) -> None:
        self.log.clear()
        self.above = self.stack.enter_context(Cgroup(*self.subsystems, *self._freezer()))
        beside(self, self._still_meanwhile)

    @property
    def group(self) -> Cgroup:
        """The group of a panel that has one. Raises ProcessLookupError when the panel has ended."""
        if self.above is None:
            raise ProcessLookupError("the panel has ended: its group is gone")
        return self.above

    def end(self) -> None:
        beside(self, None)
        try:
            self.stack.close()
        finally:
            self.above = None
            # Waited for only now, as a frozen process of v1 ends when its group is removed. A child that nobody waits
            # for keeps descriptors open.
            loads, self._loads = self._loads, []
            for child in loads:
                child.kill()
                child.wait(measure.START)

    def run(self, load: Callable[..., object], *args: object) -> Child:
        """Run a load in the group of a panel that has one; it ends with the panel at the latest."""
        for child in [c for c in self._loads if not c.alive]:
            child.wait(measure.START)
            self._loads.remove(child)
        child = self.group.clone(load, args=args, stream=False)
        self._loads.append(child)
        return child

    def set(self, group: Cgroup, knob: str, value: Any) -> None:
        """Turn a knob of a group, and note which file got which value."""
        known = KNOBS[knob]
        wanted = known.files(group, value)
        group.write(known.subsystem, wanted)
        for file, text in wanted:
            self.log.appendleft(f"{group.path(known.subsystem, file)} = {text}")

    def note(self, group: Cgroup) -> None:
        """Note what was written to a group last."""
        _, file, text = group.written[-1]
        self.log.appendleft(f"{file} = {text}")

    def written(self) -> blocks.Block:
        """The block that shows it."""
        return blocks.log("written", "Written, the last first", list(self.log) or ["nothing so far"])

    @property
    def freezes(self) -> bool:
        """Whether its groups can be frozen."""
        return self.above is not None and "freezer" in self.above.directories

    def new_chart(self, key: str) -> RecentSamples:
        """Recent samples for a chart of that key."""
        return self.charts.setdefault(key, RecentSamples(SECONDS, self.every))

    def chart_of(self, key: str, quantity: str, unit: str, series: list[str], **how: Any) -> Chart:
        """What is kept of one live chart."""
        recent = self.charts[key]
        lines = tuple(Series(name, *recent.series(name)) for name in series)
        return Chart(quantity, unit, lines, recent.marks(), part=key, run="live", **how)

    def samples(self) -> Samples:
        """What was measured in the last seconds; nslab.experiment.samples.Samples has csv()."""
        return Samples(tuple(self.kept_charts()))

    def kept_charts(self) -> list[Chart]:
        """Each chart with what it shows now."""
        return []

    def kept(self) -> Samples:
        return self.samples()

    def plot(self) -> Any:
        """What the charts show now, as a matplotlib Figure."""
        from nslab.show import chart

        return chart.figure(self.samples().to_dict()["charts"])

    def _freezer(self) -> tuple[str, ...]:
        """The freezer where this machine has it: a panel works without it, too."""
        # Without it nothing can be held still, and there is no such control.
        with suppress(Unsupported):
            where("freezer")
            return () if "freezer" in self.subsystems else ("freezer",)
        return ()

    @contextmanager
    def _still_meanwhile(self) -> Iterator[None]:
        if self.above is None or not self.freezes or self.above.frozen:
            yield
            return
        self.above.freeze()
        try:
            yield
        finally:
            if self.above is not None:
                self.above.thaw()
