"""Tables and cards for a terminal, by rich."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import Any

from nslab.show.html import plain

SHORT = 12
"""Columns of at most so many characters are not folded, however narrow the terminal is."""
YES, NO = "[bold cyan]✓[/]", "[bold yellow]✗[/]"


def text(renderable: Any, width: int = 100) -> str:
    """Render without colour, `width` columns wide."""
    from rich.console import Console

    out = io.StringIO()
    Console(file=out, width=width, color_system=None, force_terminal=False, force_jupyter=False).print(renderable)
    return out.getvalue().rstrip("\n")


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], foot: str = "") -> Any:
    """A table of plain values. A value `True` or `False` becomes a mark."""
    from rich.table import Table

    made = Table(
        title=title or None,
        title_justify="left",
        title_style="bold",
        caption=foot or None,
        caption_justify="left",
        box=_box(),
        pad_edge=False,
        padding=(0, 1, 0, 0),
    )
    rows = list(rows)
    for number, column in enumerate(columns):
        # Nobody can compare or copy a number or a name that is broken into two lines.
        short = all(len(plain(row[number])) <= SHORT for row in rows)
        if short:
            made.add_column(column.replace(" ", "\n"), overflow="ellipsis", no_wrap=True)
        else:
            made.add_column(column, overflow="fold")
    for row in rows:
        made.add_row(*((YES if v else NO) if isinstance(v, bool) else escaped(plain(v)) for v in row))
    return made


def card(title: str, body: str, mend: str = "") -> Any:
    """A short message in a frame."""
    from rich.panel import Panel

    return Panel(
        escaped(body) + (f"\n\nTo mend it:  [bold]{escaped(mend)}[/]" if mend else ""),
        title=escaped(title),
        title_align="left",
    )


def escaped(value: str) -> str:
    """Text in which rich finds no markup."""
    from rich.markup import escape

    return escape(value)


def _box() -> Any:
    from rich import box

    return box.SIMPLE_HEAD
