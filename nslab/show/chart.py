"""Charts by matplotlib: measured lines, dashed what theory expects. One look for all of them.

Given plain values. The colours are those of Okabe and Ito, which the colour-blind can tell apart; each line also has
its name at its end.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from html import escape
from textwrap import fill
from typing import Any, NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from nslab.show import html
from nslab.show.room import for_a_room

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
TEXT, LINES = "#010203", "#8c959f"
"""The colour of text, which becomes that of the page around it; and that of axes, to be seen on white and on black."""
WIDTH, HEIGHT = 4.9, 2.7
"""Inches of one chart."""
MARK_LINES, MARK_WIDTH = 6, 60
"""The words of marks: in how many lines below each other they may stand, and how many letters are as wide as a
chart."""
RUNS = {"with": "the experiment", "without": "the control: without it", "live": "as it was on the panel"}


class Type(NamedTuple):
    """Sizes of type in points, how long a line beside the axis may be, and how many ticks there is room for."""

    title: float
    axis: float
    ticks: float
    ends: float
    letters: int
    most: Any


LESSON, ROOM = Type(10, 9, 8.5, 9, 60, "auto"), Type(14, 14, 14, 14, 22, 5)


class ChartFigure(Figure):
    """A matplotlib Figure that a notebook shows as a drawing in the colours of its theme, with a text for it."""

    words = ""

    def svg(self) -> str:
        """The drawing as an <svg> element; its text is text, in the colour of the page."""
        import matplotlib

        out = io.StringIO()
        with matplotlib.rc_context({"svg.fonttype": "none"}):
            self.savefig(out, format="svg", transparent=True)
        body = out.getvalue()
        body = body[body.index("<svg") :].replace(TEXT, "currentColor")
        for number, colour in enumerate(COLOURS, 1):
            # The style sheet has lighter ones for a dark page.
            body = body.replace(colour, f"var(--nslab-line-{number}, {colour})")
        return body.replace("<svg", f'<svg class="nslab-chart" role="img" aria-label="{escape(self.words)}"', 1)

    def png(self) -> bytes:
        """The drawing as a PNG picture on white, for slides."""
        import matplotlib

        out = io.BytesIO()
        with matplotlib.rc_context({"savefig.facecolor": "white"}):
            self.savefig(out, format="png", dpi=200)
        return out.getvalue()

    def _repr_html_(self) -> str:
        return html.page(self.svg())


def figure(charts: Sequence[dict[str, Any]]) -> ChartFigure:
    """Draw charts (plain values of samples.Chart): a line of charts for each part, with the limit and without."""
    parts: dict[str, list[dict[str, Any]]] = {}
    for chart in charts:
        parts.setdefault(chart["part"], []).append(chart)
    columns = max(len(group) for group in parts.values())
    size = ROOM if for_a_room() else LESSON
    made = ChartFigure(figsize=(WIDTH * columns, HEIGHT * len(parts)), layout="constrained")
    axes = made.subplots(len(parts), columns, squeeze=False)
    for line, group in zip(axes, parts.values(), strict=True):
        low, high = _range(group)
        for ax, chart in zip(line, group, strict=False):
            _draw(ax, chart, low, high, size)
        for ax in line[len(group) :]:
            ax.set_axis_off()
    made.words = " ".join(f"{chart['about'] or chart['quantity']}: {chart['words']}" for chart in charts)
    return made


def _range(group: Sequence[dict[str, Any]]) -> tuple[float, float]:
    """One scale for all runs of a part, so that they can be compared."""
    tops = [chart["top"] for chart in group if chart["top"] is not None]
    values = [v for chart in group for s in chart["series"] for _, v in (*s["points"], *_expected(s))]
    low = min(chart.get("bottom", 0.0) for chart in group)
    return low, max(tops) if tops else low + (1.12 * (max(values, default=1.0) - low) or 1.0)


def _expected(series: dict[str, Any]) -> Sequence[tuple[float, float]]:
    expected, points = series["expected"], series["points"]
    if expected is None or not points:
        return ()
    if isinstance(expected, int | float):
        return ((points[0][0], expected), (points[-1][0], expected))
    return tuple(expected)


def _draw(ax: Axes, chart: dict[str, Any], low: float, high: float, size: Type) -> None:
    end = max((s["points"][-1][0] for s in chart["series"] if s["points"]), default=1.0)
    ends = []
    for series, colour in zip(chart["series"], _colours(len(chart["series"])), strict=True):
        expected = _expected(series)
        if expected:
            ax.plot(*zip(*expected, strict=True), color=colour, linewidth=1.3, linestyle=(0, (5, 3)))
        if series["points"]:
            ax.plot(*zip(*series["points"], strict=True), color=colour, linewidth=2.2,
                    drawstyle="steps-post" if chart["step"] else "default")  # fmt: skip
            last = series["points"][-1][1]
            beyond = f", ↑ {last:{'.3g' if last < 100 else '.0f'}}" if last > high else ""
            ends.append((min(last, high), series["name"] + beyond, colour))
    _name_the_ends(ax, ends, end, high - low, size.ends)
    line, free = 0, 0.0
    for when, what in sorted(chart["marks"]):
        ax.axvline(when, color=LINES, linewidth=1, linestyle=":")
        # One below the other where they would overlap.
        line = (line + 1) % MARK_LINES if when < free else 0
        free = when + end * (len(what) + 2) / MARK_WIDTH * size.ticks / LESSON.ticks
        below = 0.02 + 0.07 * line * size.ticks / LESSON.ticks
        ax.text(when, high - below * (high - low), f" {what}", color=TEXT, fontsize=size.ticks, va="top")
    ax.set_xlim(0, end)
    ax.set_ylim(low, high)
    ax.set_title(RUNS[chart["run"]], fontsize=size.title, color=TEXT, loc="left")
    ax.set_xlabel("time (s)", fontsize=size.axis, color=TEXT)
    ax.set_ylabel(fill(f"{chart['quantity']} ({chart['unit']})", size.letters), fontsize=size.axis, color=TEXT)
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(MaxNLocator(size.most, steps=[1, 2, 2.5, 5, 10]))
    ax.tick_params(labelsize=size.ticks, labelcolor=TEXT, color=LINES)
    ax.grid(axis="y", color=LINES, alpha=0.3, linewidth=0.7)
    for name, spine in ax.spines.items():
        spine.set_visible(name in ("left", "bottom"))
        spine.set_color(LINES)


def _colours(count: int) -> list[str]:
    return [COLOURS[i % len(COLOURS)] for i in range(count)]


def _name_the_ends(ax: Axes, ends: Sequence[tuple[float, str, str]], right: float, height: float, size: float) -> None:
    """Write each line's name beside its last value, one above the other where they would overlap."""
    lowest = -height
    for value, name, colour in sorted(ends):
        at = max(value, lowest + height * 0.085 * size / LESSON.ends)
        lowest = at
        ax.annotate(name, (right, at), xytext=(4, 0), textcoords="offset points", fontsize=size, color=colour,
                    va="center", annotation_clip=False)  # fmt: skip
