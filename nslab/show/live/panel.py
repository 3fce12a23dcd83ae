"""What all panels share: a widget that lives in a cell's output, a clock, and an end.

A panel makes nothing before a browser shows it, and removes all that it made when no browser shows it any more. Its
clock runs in the kernel's event loop, so no cell waits for it; what is asked of it in the browser is done there too.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable
from typing import Any, Protocol

from nslab.show import cell, html
from nslab.show.live import blocks
from nslab.show.live.recent_samples import RecentSamples
from nslab.show.room import for_a_room

EVERY = 0.08
"""Seconds between two samples: twelve pictures a second."""
WORDS = 0.3
"""Seconds between two changes of a number in the text: faster ones cannot be read."""
PATIENCE = 10.0
"""Seconds, counted in steps, after which a view that does not answer is taken for gone. A busy browser may take some
seconds."""
GRACE = 1.0
"""Seconds for which a panel is kept that no view shows: an output that is moved goes away and comes back."""
STILL = 0.6
"""Seconds of measuring for the picture that stands in for a panel where there is no browser."""
RECORDED = 8.0
"""Seconds of it for a room, where it is kept so that it can be played."""
RECORDING = "application/vnd.nslab.recording+json"
"""What is kept then: the charts, as blocks, with their samples and marks."""


class Kept(Protocol):
    """What is kept of a panel: see nslab.experiment.samples.Samples."""

    def to_dict(self) -> dict[str, Any]: ...

    def csv(self) -> str: ...


class Panel:
    """As the last line of a cell it shows itself. A subclass says what it makes, shows and does.

    `begin()` makes what the panel shows, `end()` removes it; `step(now)` is called every EVERY seconds while it is
    shown; `shown()` says what is to be seen (nslab.show.live.blocks), and `do_…` is called for each control.
    """

    title = ""
    about = ""
    every = EVERY

    def __init__(self) -> None:
        self.charts: dict[str, RecentSamples] = {}
        self._view: Any = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._views: dict[str, int] = {}
        self._state = "new"
        self._problem = ""
        self._texts: dict[str, str] = {}
        self._news: dict[str, Any] = {}
        self._started = self._worded = self._told = 0.0
        self.paused = False

    # -- what a subclass says --------------------------------------------------------------------------

    def begin(self) -> None:
        """Make what the panel shows."""

    def end(self) -> None:
        """Remove all that it made; also after begin() has failed half-way."""

    def step(self, now: float) -> None:
        """Measure; `now` is in seconds since it began."""

    def words(self, now: float) -> None:
        """Set the numbers in the text; some three times a second."""

    def shown(self) -> list[blocks.Block]:
        """What is to be seen now."""
        return []

    def rehearse(self) -> None:
        """Do what a person would do first (start loads), for the picture where there is no browser."""

    def go_on(self) -> None:
        """Do what a person would do next (move a slider), half-way through a recording."""

    def kept(self) -> Kept | None:
        """What is kept of what was measured, for a picture and a file; None when there is nothing to measure."""
        return None

    def table(self) -> tuple[list[str], list[list[Any]]]:
        """Columns and rows of what it shows, for a page without a browser."""
        return [], []

    def picture(self) -> str:
        """A picture as HTML, for a page without a browser; by default that of what is kept."""
        if (kept := self.kept()) is None:
            return ""
        from nslab.show import chart

        return chart.figure(kept.to_dict()["charts"]).svg()

    # -- what a subclass may call ----------------------------------------------------------------------

    @property
    def now(self) -> float:
        """Seconds since it began."""
        return time.monotonic() - self._started

    @property
    def lives(self) -> bool:
        """Whether it is shown and runs."""
        return self._state == "lives"

    def put(self, key: str, words: str) -> None:
        """Set the words of the text with this key, when they have changed."""
        if self._texts.get(key) != words:
            self._texts[key] = words
            self._news.setdefault("texts", {})[key] = words

    def say(self, words: str, bad: bool = False) -> None:
        """Tell what happened, in the line below."""
        if self._view is not None:
            self._view.send({"what": "said", "text": words, "bad": bad})

    def draw(self) -> None:
        """Bring up to date what is to be seen."""
        if self._view is not None:
            self._texts.clear()
            self._view.blocks = self._blocks()

    def tools(self) -> list[blocks.Block]:
        """What every panel with a chart has: a pause, and a picture and a table to keep."""
        return [
            blocks.button("pause", "Go on" if self.paused else "Pause", label="Pause the chart", pressed=self.paused),
            blocks.button("png", "PNG", label="Save the chart as a PNG picture"),
            blocks.button("csv", "CSV", label="Save what was measured as a CSV table"),
        ]

    def work(self, task: Callable[[], Any], done: Callable[[Any], None]) -> None:
        """Do what takes long in a thread, and then `done` with its result, or its exception, in the event loop."""

        def outcome() -> Any:
            try:
                return task()
            except Exception as e:
                return e

        def run() -> None:
            result = outcome()
            assert self._loop
            # A kernel that ends meanwhile has no loop any more, and nobody waits for the result.
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._after, done, result)

        if self._loop is None:
            self._after(done, outcome())
        else:
            threading.Thread(target=run, name=f"nslab {self.title}", daemon=True).start()

    def _after(self, done: Callable[[Any], None], result: Any) -> None:
        if self.lives:
            try:
                done(result)
                self.draw()
            except Exception as e:
                self._fail(e)

    def do_pause(self) -> None:
        """Hold the picture, or let it move again. What was measured meanwhile is shown then."""
        self.paused = not self.paused

    def close(self) -> None:
        """End it: all that it made is gone. Its output offers to start again."""
        self._stop("It has ended.")

    # -- Jupyter ---------------------------------------------------------------------------------------

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        if cell.running() is None:
            return {"text/plain": repr(self), **self._still()}
        if self._view is None:
            self._open()
        from nslab.show.live.view import bundle

        return bundle(self._view, repr(self), self._table())

    def __repr__(self) -> str:
        return f"<panel {self.title}: show it in JupyterLab, as the last line of a cell>"

    def _open(self) -> None:
        from nslab.show.live.view import View

        self._loop = asyncio.get_running_loop()
        self._view = View(title=self.title, about=self.about, blocks=self._blocks())
        loop = self._loop
        # JupyterLab sends what a widget says to a thread of the kernel's own.
        self._view.on_msg(lambda _, content, __: loop.call_soon_threadsafe(self._receive, content))

    def _still(self) -> dict[str, Any]:
        """The panel as a picture and a table, after it has run for a moment; for a room with what it measured."""
        try:
            self._start()
            self.rehearse()
            recorded = self._run_through() if for_a_room() else {}
            self._run_for(STILL)
            self.words(self.now)
            return {"text/html": html.page(self.picture()) + self._table(), **recorded}
        finally:
            self.end()
            self._state = "new"

    def _run_through(self) -> dict[str, Any]:
        """Run for RECORDED seconds, with the next thing done in the middle; return what is to be played again."""
        if not self.charts:
            return {}
        for act in (self.go_on, lambda: None):
            self._run_for(RECORDED / 2)
            act()
        charts = [{"block": block, **self.charts[block["key"]].all()} for block in _charts(self.shown())]
        return {RECORDING: {"seconds": RECORDED, "charts": charts}}

    def _run_for(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            time.sleep(self.every)
            self.step(self.now)

    def _table(self) -> str:
        columns, rows = self.table()
        if not columns:
            return ""
        return html.table(self.title, columns, rows, "In JupyterLab this is a panel: run the cell there.")

    # -- its life --------------------------------------------------------------------------------------

    def _start(self) -> None:
        self._started = time.monotonic()
        self._news = {}
        self.paused = False
        self._texts.clear()
        for recent in self.charts.values():
            recent.clear()
        self._worded = self._told = 0.0
        self._state = "lives"
        try:
            self.begin()
        except BaseException:
            self.end()
            self._state = "ended"
            raise

    def _stop(self, why: str) -> None:
        if self._state == "lives":
            self._state = "ended"
            self._problem = why
            self.end()
            self.draw()

    def _blocks(self) -> list[blocks.Block]:
        if self._state == "ended":
            again = blocks.button("again", "Start again", main=True)
            return [blocks.bar("ended", blocks.text(self._problem), again)]
        return self.shown() if self._state == "lives" else [blocks.bar("new", "It begins …")]

    def _receive(self, content: dict[str, Any]) -> None:
        """What a view sends: that it is there, that it goes, or that a control was used."""
        view, name = content["view"], content["do"]
        if name == "gone":
            self._views.pop(view, None)
            if not self._views and self._loop:
                self._loop.call_later(GRACE, self._alone)
            return
        self._views[view] = 0
        if name == "hello":
            self._hello()
        elif name == "again":
            self._begin()
        elif name != "here" and self.lives:
            self._do(view, name, [content["value"]] if "value" in content else [])

    def _alone(self) -> None:
        if not self._views:
            self._stop("It was not shown any more, so it ended, and what it had made is gone.")

    def _hello(self) -> None:
        if self._state == "new":
            self._begin()
        elif self.lives:
            self._view.send({"what": "live", "charts": {k: s.all() for k, s in self.charts.items()},
                             "texts": dict(self._texts)})  # fmt: skip

    def _begin(self) -> None:
        if self.lives:
            return
        try:
            self._start()
        except Exception as e:
            self._fail(e)
            return
        self.draw()
        self.say("")
        assert self._loop
        self._clock = self._loop.create_task(self._run())

    def _do(self, view: str, name: str, given: list[Any]) -> None:
        verb, *which = name.split(":", 1)
        self.say("")
        try:
            if verb in ("png", "csv"):
                self._send_file(view, verb)
                return
            getattr(self, f"do_{verb}")(*which, *given)
            self.draw()
        except (TypeError, ValueError) as e:
            self.draw()
            self.say(str(e), bad=True)
        except Exception as e:
            self._fail(e)

    def _fail(self, e: Exception) -> None:
        """Say what happened; nothing stays behind, and it can start again."""
        self._state = "ended"
        # What is told is the first failure; this one comes of it.
        with contextlib.suppress(OSError):
            self.end()
        self._problem = f"It has ended: {e or type(e).__name__}"
        self.draw()

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while self.lives:
            due = max(due + self.every, loop.time())
            await asyncio.sleep(due - loop.time())
            if self.lives:
                self._one_step()

    def _one_step(self) -> None:
        # Counted in steps and not by a clock: while a cell runs, neither steps nor answers get through.
        self._views = {view: silent + 1 for view, silent in self._views.items() if silent * self.every < PATIENCE}
        if not self._views:
            self._stop("Its page has not answered for a while, so it ended, and what it had made is gone.")
            return
        try:
            now = self.now
            self.step(now)
            if now - self._worded >= WORDS:
                self._worded = now
                self.words(now)
        except Exception as e:
            self._fail(e)
            return
        charts = {key: news for key, recent in self.charts.items() if not self.paused and (news := recent.news())}
        if charts or self._news or now - self._told >= 1:
            self._told = now
            self._view.send({"what": "live", "charts": charts, "texts": self._news.pop("texts", {})})

    def _send_file(self, view: str, kind: str) -> None:
        kept = self.kept()
        if kept is None or not any(s["points"] for c in kept.to_dict()["charts"] for s in c["series"]):
            raise ValueError("nothing was measured so far: start something first")
        name = f"nslab-{self.title.split(':')[0].replace(' ', '-')}-{time.strftime('%Y%m%d-%H%M%S')}.{kind}"
        if kind == "csv":
            data, media = kept.csv().encode(), "text/csv"
        else:
            from nslab.show import chart

            data, media = chart.figure(kept.to_dict()["charts"]).png(), "image/png"
        self._view.send({"what": "file", "view": view, "name": name, "type": media}, [data])
        self.say(f"Saved by the browser as {name}")


def _charts(shown: list[blocks.Block]) -> list[blocks.Block]:
    """Those blocks that are charts, also the ones in columns."""
    inside = [_charts(side) for block in shown if block["kind"] == "columns" for side in block["sides"]]
    return [block for block in shown if block["kind"] == "chart"] + [block for side in inside for block in side]
