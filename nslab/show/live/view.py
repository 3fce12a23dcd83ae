"""The widget in the browser that shows a panel, and the one that sets the size of type. Imported when first shown."""

from __future__ import annotations

from importlib import resources
from typing import Any, cast

import anywidget
import traitlets

SCRIPTS = ("chart.js", "controls.js", "panel.js")


def _text(*names: str) -> str:
    here = resources.files("nslab.show.live")
    return "\n".join(here.joinpath(name).read_text(encoding="utf-8") for name in names)


class View(anywidget.AnyWidget):
    """Draws `blocks` (see nslab.show.live.blocks) and sends {"do": name, "value": …} when a control is used."""

    _esm = _text(*SCRIPTS)
    _css = resources.files("nslab.show").joinpath("nslab.css").read_text(encoding="utf-8") + _text("panel.css")
    title = traitlets.Unicode().tag(sync=True)
    about = traitlets.Unicode().tag(sync=True)
    blocks: Any = traitlets.List().tag(sync=True)


class Task(anywidget.AnyWidget):
    """Shows a task and what came of the last verb, and sends {"do": verb, "answer": …} when a button is pressed.

    `verbs` are {"key", "text", "about", "main", "sure"}, the last what the button says before it does what cannot be
    undone; `asked` is what is to be answered, `said` a line, `found` and `task` are pages; `turn` counts what was done,
    and `waits` is what is said while the one that is `busy` takes its time.
    """

    _esm = _text("card.js")
    _css = View._css
    title = traitlets.Unicode().tag(sync=True)
    task = traitlets.Unicode().tag(sync=True)
    verbs: Any = traitlets.List().tag(sync=True)
    asked = traitlets.Unicode().tag(sync=True)
    busy = traitlets.Unicode().tag(sync=True)
    waits = traitlets.Unicode().tag(sync=True)
    said = traitlets.Unicode().tag(sync=True)
    bad = traitlets.Bool().tag(sync=True)
    found = traitlets.Unicode().tag(sync=True)
    turn = traitlets.Int().tag(sync=True)


class Hands(anywidget.AnyWidget):
    """Asks a room a question; `counts` are the raised hands for each of the `options`."""

    _esm = _text("hands.js")
    _css = View._css
    question = traitlets.Unicode().tag(sync=True)
    options: Any = traitlets.List().tag(sync=True)
    counts: Any = traitlets.List().tag(sync=True)


class Stage(anywidget.AnyWidget):
    """Sets the size of type and lines of everything that nslab shows on the page, as long as it is there."""

    _esm = _text("stage.js")
    big = traitlets.Bool().tag(sync=True)


def bundle(widget: anywidget.AnyWidget, text: str, html: str = "") -> dict[str, Any]:
    """What a cell shows: the widget in a browser, else a text, or a page where one is given."""
    shown, _ = cast("tuple[dict[str, Any], Any]", widget._repr_mimebundle_())
    return {**shown, "text/plain": text, **({"text/html": html} if html else {})}
