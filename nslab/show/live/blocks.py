"""The pieces that a panel is made of, as plain values for the widget: see panel.js for how each one looks.

A control's `name` is what its panel does: "weight:cgrp1" calls `do_weight("cgrp1", value)`, a button "start:cgrp1"
calls `do_start("cgrp1")`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Block = dict[str, Any]


def bar(key: str, *items: Block | str) -> Block:
    """Controls and words in a line."""
    return {"kind": "bar", "key": key, "items": list(items)}


def table(key: str, caption: str, columns: Sequence[str], rows: Mapping[str, Sequence[Any]]) -> Block:
    """A table; each row has a key, and its first cell heads it. A cell is words, a control or several of them."""
    return {"kind": "table", "key": key, "caption": caption, "columns": list(columns),
            "rows": [{"key": name, "cells": list(cells)} for name, cells in rows.items()]}  # fmt: skip


def chart(key: str, quantity: str, unit: str, series: Sequence[str], *, top: float | None = None, seconds: float = 30,
          step: bool = False, low: bool = False, near: bool = False) -> Block:  # fmt: skip
    """A live chart of the last `seconds`: a line for each of `series`. `top` ends its axis, `low` is less high.

    The axis begins at 0, or with `near` close to the least value, for a count that grows without end.
    """
    return {"kind": "chart", "key": key, "quantity": quantity, "unit": unit, "series": list(series), "top": top,
            "seconds": seconds, "step": step, "low": low, "near": near}  # fmt: skip


def log(key: str, title: str, lines: Sequence[str]) -> Block:
    """Lines of code or output under a title, the newest first."""
    return {"kind": "log", "key": key, "title": title, "lines": list(lines)}


def html(key: str, body: str, *, tall: bool = False) -> Block:
    """A piece of HTML whose values are escaped. One that may be `tall` is scrolled in a frame of its own."""
    return {"kind": "html", "key": key, "body": body, "tall": tall}


def columns(key: str, *sides: Sequence[Block]) -> Block:
    """Blocks side by side; below each other where there is no room."""
    return {"kind": "columns", "key": key, "sides": [list(side) for side in sides]}


def console(key: str, title: str, command: Block, output: str) -> Block:
    """A line for commands, and what the last ones said."""
    return {"kind": "console", "key": key, "title": title, "command": command, "output": output}


def text(words: str, *, key: str = "", tone: str = "", swatch: int | None = None) -> Block:
    """Words in a cell. `tone` is "soft", "code", "yes" or "no"; with a `key` its text can be set while it lives;
    `swatch` is the number of a chart's line, whose colour is shown beside the words."""
    return {"kind": "text", "key": key, "text": words, "tone": tone, "swatch": swatch}


def button(name: str, words: str, *, label: str = "", pressed: bool | None = None, main: bool = False,
           off: bool = False) -> Block:  # fmt: skip
    """A button. `label` is its name for screen readers where the words are not enough; `pressed` makes it a switch."""
    return {"kind": "button", "name": name, "text": words, "label": label, "pressed": pressed, "main": main,
            "off": off}  # fmt: skip


def slider(name: str, label: str, value: Any, stops: Sequence[Any], *, unit: str = "", none: str = "",
           show: bool = False) -> Block:  # fmt: skip
    """A slider over `stops`, and a box for a value between them. A stop None is called `none`."""
    return {"kind": "slider", "name": name, "label": label, "value": value, "stops": list(stops), "unit": unit,
            "none": none, "show": show}  # fmt: skip


def entry(name: str, label: str, value: str, *, show: bool = False, wide: bool = False, hint: str = "",
          command: bool = False) -> Block:  # fmt: skip
    """A line of text; it is sent by Enter, or when it is left. A `command` is sent by Enter alone, and the line is
    empty then; the keys up and down bring back those before."""
    return {"kind": "entry", "name": name, "label": label, "value": value, "show": show, "wide": wide, "hint": hint,
            "command": command}  # fmt: skip


def check(name: str, words: str, value: bool, *, off: bool = False) -> Block:
    """A box to tick."""
    return {"kind": "check", "name": name, "text": words, "value": value, "off": off}


def choice(name: str, label: str, value: str, options: Sequence[str], *, show: bool = True) -> Block:
    """One of several words."""
    return {"kind": "choice", "name": name, "label": label, "value": value, "options": list(options), "show": show}
