"""Tables and cards as HTML for notebooks. Values are escaped; colour never carries a meaning alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from html import escape
from importlib import resources
from typing import Any

from nslab.show.printable import printable


@cache
def style() -> str:
    """The one style of everything that nslab shows, as a <style> element."""
    return f"<style>{resources.files('nslab.show').joinpath('nslab.css').read_text(encoding='utf-8')}</style>"


def page(body: str, extra: str = "") -> str:
    """Wrap a piece of HTML so that the style applies to it."""
    return f'{style()}<div class="nslab {extra}">{body}</div>'


def plain(value: Any) -> str:
    """A value of a row as text: None is a dash, a tuple its members."""
    if value is None:
        return "–"
    if isinstance(value, list | tuple):
        return " ".join(plain(v) for v in value) or "–"
    return printable(str(value))


SHORT = 14
"""Letters up to which a value of a table is not broken: half an inode, or half of "user", is read as another word."""


def css_of(text: str, *classes: str) -> str:
    """The class attribute of a table's cell with this text."""
    every = [*classes, *(["nslab-short"] if len(text) <= SHORT else [])]
    return f' class="{" ".join(every)}"' if every else ""


def breakable(text: str) -> str:
    """A text escaped, with places where a narrow column may break it: a path at its slashes, a list at its commas."""
    return escape(text).replace("/", "/<wbr>").replace(",", ",<wbr>") if len(text) > SHORT else escape(text)


def mark(holds: bool) -> str:
    """A tick or a cross that also has a name for screen readers."""
    word, sign, css = ("as expected", "✓", "nslab-yes") if holds else ("not as expected", "✗", "nslab-no")
    return f'<span class="{css}" role="img" aria-label="{word}" title="{word}">{sign}</span>'


def badge(text: str, good: bool) -> str:
    """A short verdict in words."""
    return (
        f'<span class="nslab-badge {"nslab-yes" if good else "nslab-no"}">{"✓" if good else "✗"} {escape(text)}</span>'
    )


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], foot: str = "") -> str:
    """A table of plain values; the first column heads its row. A value `True` or `False` becomes a mark."""
    return page(rows_of(title, columns, rows) + (f'<p class="nslab-foot">{escape(foot)}</p>' if foot else ""))


def card(kind: str, title: str, body: str, mend: str = "") -> str:
    """A short message: `kind` is "unsupported", "error" or "good"; `mend` is the command that helps."""
    good = "nslab-good" if kind == "good" else ""
    help_ = f'<div class="nslab-mend">To mend it:</div><pre>{escape(mend)}</pre>' if mend else ""
    return page(
        f'<div class="nslab-card {good}" role="note"><div class="nslab-title">{escape(title)}</div>'
        f'<div class="nslab-body">{escape(body)}</div>{help_}</div>'
    )


def rows_of(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A table of plain values, to be put into a page."""
    body = []
    for row in rows:
        first, *rest = row
        cells = "".join(
            f'<td class="nslab-mark">{mark(v)}</td>'
            if isinstance(v, bool)
            else f"<td{css_of(plain(v), 'nslab-value')}>{breakable(plain(v))}</td>"
            for v in rest
        )
        head = plain(first)
        body.append(f'<tr><th scope="row"{css_of(head)}>{escape(head)}</th>{cells}</tr>')
    return frame(title, columns, "".join(body))


def frame(title: str, columns: Sequence[str], body: str) -> str:
    """A table whose rows are HTML already."""
    head = "".join(f'<th scope="col">{escape(c)}</th>' for c in columns)
    return f"<table><caption>{escape(title)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
