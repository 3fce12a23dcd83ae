"""An exercise in a notebook: the task, a field for the answer, a button for each verb, and what came of it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from html import escape
from typing import TYPE_CHECKING, Any

import ipywidgets as w

from nslab.errors import Unsupported
from nslab.show import exercise as show
from nslab.show import html

if TYPE_CHECKING:
    from nslab.course.checking.task import Task

VERBS = {
    "begin": ("Begin", "Make the scene of this task"),
    "check": ("Check", "Ask the kernel whether it is done"),
    "hint": ("Hint", "A hint, from what the kernel shows now"),
    "solution": ("Solution", "A way that passes; it is noted that you looked"),
    "reset": ("Start anew", "End the scene and make it again"),
}
"""Verb → what its button says, and what it says of itself to who points at it."""


class Card:
    """`box` is the widget. A verb runs in a thread, so that the kernel's other cells go on; its buttons wait for it."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._text = w.HTML()
        self._said = w.HTML()
        self._answer = w.Text(placeholder=task.shown.answer, layout=w.Layout(width="22em"))
        self._answer.continuous_update = False
        self._answer.add_class("nslab-answer")
        self._buttons = {verb: w.Button(description=label, tooltip=about) for verb, (label, about) in VERBS.items()}
        for verb, button in self._buttons.items():
            button.on_click(lambda _, verb=verb: self._do(verb))
        self._line = w.HBox(layout=w.Layout(flex_flow="row wrap"))
        self.box = w.VBox([self._text, self._line, self._said])
        self.box.add_class("nslab-exercise")
        self._bring_up_to_date()

    def _bring_up_to_date(self) -> None:
        shown = self._task.shown
        self._text.value = show.task_as_html(shown.to_dict())
        verbs = ["begin"] if not shown.begun else ["check", "hint", "solution", *(["reset"] if shown.has_scene else [])]
        main = self._buttons[verbs[0]]
        for button in self._buttons.values():
            button.button_style = "primary" if button is main else ""
        answer = [w.Label("Your answer:"), self._answer] if shown.answer and shown.begun else []
        self._line.children = [*answer, *(self._buttons[verb] for verb in verbs)]

    def _do(self, verb: str) -> None:
        for button in self._buttons.values():
            button.disabled = True
        self._said.value = html.page(f'<p class="nslab-foot" role="status">{escape(VERBS[verb][0])} …</p>')
        loop = asyncio.get_event_loop()

        def run() -> None:
            result = self._outcome(verb)
            loop.call_soon_threadsafe(self._done, verb, result)

        threading.Thread(target=run, name=f"nslab {self._task.name}", daemon=True).start()

    def _outcome(self, verb: str) -> Any:
        given = [self._answer.value] if verb in ("check", "hint") and self._answer.value.strip() else []
        act: Callable[..., Any] = getattr(self._task, verb)
        try:
            return act(*given)
        except Exception as e:
            return e

    def _done(self, verb: str, result: Any) -> None:
        for button in self._buttons.values():
            button.disabled = False
        self._said.value = _said(verb, result)
        self._bring_up_to_date()
        # A screen reader and the keyboard go on where they were.
        if verb in ("begin", "reset"):
            self._buttons["check"].focus()


def _said(verb: str, result: Any) -> str:
    if isinstance(result, Unsupported):
        return str(result._repr_html_())
    if isinstance(result, Exception):
        return html.card("error", f"{VERBS[verb][0]} did not work", str(result))
    if verb in ("begin", "reset"):
        return html.page('<p class="nslab-foot" role="status">The scene is there.</p>')
    return str(result._repr_html_())
