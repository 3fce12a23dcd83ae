"""Evidence, tables and cards for a terminal, by rich."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import Any

from nslab.show.html import STANDIN, STILL, heading, plain, value

SHORT = 12
"""Characters up to which what is in a column is not folded, however narrow the terminal is."""
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
        # A number or a name in two lines cannot be compared, nor copied.
        short = all(len(plain(row[number])) <= SHORT for row in rows)
        if short:
            made.add_column(column.replace(" ", "\n"), overflow="ellipsis", no_wrap=True)
        else:
            made.add_column(column, overflow="fold")
    for row in rows:
        made.add_row(*((YES if v else NO) if isinstance(v, bool) else _escape(plain(v)) for v in row))
    return made


def card(title: str, body: str, mend: str = "") -> Any:
    """A short message in a frame."""
    from rich.panel import Panel

    return Panel(
        _escape(body) + (f"\n\nTo mend it:  [bold]{_escape(mend)}[/]" if mend else ""),
        title=_escape(title),
        title_align="left",
    )


def evidence(d: dict[str, Any]) -> Any:
    """Evidence.to_dict() as tables: claim and verdict, what was observed, the control."""
    from rich.console import Group
    from rich.text import Text

    verdict = f"{YES} holds" if d["holds"] else f"{NO} does not hold"
    parts: list[Any] = [Text.from_markup(f"{verdict}   [bold]{_escape(d['claim'])}[/]"), ""]
    parts += [Text.from_markup(f"{NO} {_escape(f)}") for f in d["failures"]]
    if d["drawing"]:
        from nslab.show.cgdiagram import Diagram

        parts += [Text(repr(Diagram(d["drawing"]))), ""]
    parts.append(_rows(d, "rows"))
    for kind, n in d["inodes"].items():
        parts.append(
            Text(
                f"The namespace: {kind}:[{n['host']}] on the host, {kind}:[{n['inside']}] in one more child "
                "made with the flag.",
                style="dim",
            )
        )
    if d["written"]:
        lines = ", ".join(f"{group}/{file} = {value}" for group, file, value in d["written"])
        parts.append(Text(f"Written: {lines}", style="dim"))
    parts += ["", _rows(d, "control")]
    parts += [Text(note, style="dim") for note in d["notes"]]
    return Group(*parts)


def _rows(d: dict[str, Any], which: str) -> Any:
    title, values_of = heading(d, which)
    control = which == "control"
    return table(
        title,
        ("", *values_of, STILL if control else ""),
        [(r["name"], *(value(r, k) for k in d["columns"]), ("yes" if r["holds"] else "no") if control else r["holds"])
         for r in d[which]],
        STANDIN if control and d["standin"] else "",
    )  # fmt: skip


def _escape(value: str) -> str:
    from rich.markup import escape

    return escape(value)


def _box() -> Any:
    from rich import box

    return box.SIMPLE_HEAD
