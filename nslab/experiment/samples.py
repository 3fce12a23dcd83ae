"""What was measured over time: plain values for all rooms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from nslab.experiment.plain import frozen

COLUMNS = ("part", "run", "time (s)", "series", "value", "unit")


@dataclass(frozen=True)
class Series:
    """One line of a chart: `points` are (seconds from the start, value).

    `expected` is what theory expects, in the same unit: a value, or points as of a line; None where it says nothing.
    """

    name: str
    points: tuple[tuple[float, float], ...]
    expected: float | tuple[tuple[float, float], ...] | None = None


@dataclass(frozen=True)
class Chart:
    """What one run of one part measured: `quantity` with its `unit`, a line each for what was compared.

    `run` is "with" or "without" the limit, or "live" on a panel; `marks` are moments (seconds) with a word each;
    `bottom` is where the axis of values begins, `top` where it ends, when it shall not follow the data; `step` draws
    each value until the next one.
    """

    quantity: str
    unit: str
    series: tuple[Series, ...]
    marks: tuple[tuple[float, str], ...] = ()
    top: float | None = None
    step: bool = False
    part: str = ""
    about: str = ""
    run: str = "with"
    bottom: float = 0.0

    @property
    def words(self) -> str:
        """The chart in words, for screen readers."""
        ends = [
            f"{s.name} ends at {s.points[-1][1]:.4g} {self.unit}{_expected(s, self.unit)}"
            for s in self.series
            if s.points
        ]
        seconds = max((s.points[-1][0] for s in self.series if s.points), default=0.0)
        marks = "".join(f"; at {when:.2f} s: {what}" for when, what in self.marks)
        run = "on the panel" if self.run == "live" else f"{self.run} the limit"
        return f"{self.quantity} over {seconds:.1f} seconds, {run}: {'; '.join(ends)}{marks}."


def _expected(series: Series, unit: str) -> str:
    if series.expected is None:
        return ""
    last = series.expected if isinstance(series.expected, int | float) else series.expected[-1][1]
    return f", expected {last:.4g} {unit}"


@dataclass(frozen=True)
class Samples:
    """Every chart of an experiment; as a table it has one row for each value (COLUMNS)."""

    charts: tuple[Chart, ...] = field(default=())

    def __len__(self) -> int:
        return sum(len(s.points) for chart in self.charts for s in chart.series)

    def __iter__(self) -> Iterator[tuple[str, str, float, str, float, str]]:
        for chart in self.charts:
            for series in chart.series:
                for when, value in series.points:
                    yield chart.part, chart.run, when, series.name, value, chart.unit

    def checked(self, part: str | None) -> Samples:
        """Those of one part, or all. Raises ValueError that names the parts there are."""
        parts = list(dict.fromkeys(chart.part for chart in self.charts))
        if part is None and self.charts:
            return self
        if part not in parts:
            there = f"choose one of {', '.join(parts)}" if parts else "this experiment measured nothing over time"
            raise ValueError(f"part={part!r}: {there}")
        return Samples(tuple(chart for chart in self.charts if chart.part == part))

    def series(self, name: str, run: str = "with") -> Series:
        """The first series of that name. Raises KeyError that lists the names there are."""
        for chart in self.charts:
            for series in chart.series:
                if chart.run == run and series.name == name:
                    return series
        names = dict.fromkeys(s.name for chart in self.charts for s in chart.series)
        raise KeyError(f"no series {name!r}; there are: {', '.join(names)}")

    def csv(self) -> str:
        """The table as comma-separated values, with a line of headings."""
        import csv
        import io

        out = io.StringIO()
        csv.writer(out).writerows([COLUMNS, *self])
        return out.getvalue()

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {"charts": [_plain(chart) for chart in self.charts]}

    @staticmethod
    def from_dict(plain: Mapping[str, Any]) -> Samples:
        """The Samples of which to_dict() made this, also when it has been through JSON."""
        return Samples(tuple(_chart_of(chart) for chart in plain["charts"]))

    def __repr__(self) -> str:
        from nslab.show import terminal

        return terminal.text(terminal.table("Samples", COLUMNS, self))

    def _repr_html_(self) -> str:
        from nslab.show import html

        return html.table("Samples", COLUMNS, self)


def _plain(chart: Chart) -> dict[str, Any]:
    plain: Mapping[str, Any] = {**vars(chart), "series": [vars(s) for s in chart.series], "words": chart.words}
    return dict(plain)


def named(chart: Chart, part: str, about: str, isolated: bool) -> Chart:
    """The chart with the part and the run that it belongs to."""
    return replace(chart, part=part, about=about, run="with" if isolated else "without")


def _chart_of(plain: Mapping[str, Any]) -> Chart:
    own = {f.name: frozen(plain[f.name]) for f in fields(Chart) if f.name != "series"}
    return Chart(
        series=tuple(Series(s["name"], frozen(s["points"]), frozen(s["expected"])) for s in plain["series"]), **own
    )
