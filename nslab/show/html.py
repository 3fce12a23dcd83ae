"""Evidence, tables and cards as HTML for notebooks. Values are escaped; colour never carries a meaning alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from html import escape
from importlib import resources
from typing import Any

CONTROL, STILL = "The control: without it", "still so?"
"""The title of the table of what was observed without the flag or the limit; and the heading of what came of it."""
STANDIN = "The stand-in is a sandbox in the host's place, so that your machine is left alone."


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
    return str(value)


def value(row: dict[str, Any], column: str) -> str:
    """One value of a row of Evidence as text, with its sign where it is a bound or has a margin."""
    sign = row["sign"] if column == "expected" else ""
    shown = plain(row[column])
    return f"{shown} {sign}" if sign.startswith("±") else f"{sign} {shown}".lstrip()


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
    return page(_table(title, columns, rows) + (f'<p class="nslab-foot">{escape(foot)}</p>' if foot else ""))


def card(kind: str, title: str, body: str, mend: str = "") -> str:
    """A short message: `kind` is "unsupported", "error" or "good"; `mend` is the command that helps."""
    good = "nslab-good" if kind == "good" else ""
    help_ = f'<div class="nslab-mend">To mend it:</div><pre>{escape(mend)}</pre>' if mend else ""
    return page(
        f'<div class="nslab-card {good}" role="note"><div class="nslab-title">{escape(title)}</div>'
        f'<div class="nslab-body">{escape(body)}</div>{help_}</div>'
    )


def evidence(d: dict[str, Any]) -> str:
    """Evidence.to_dict() as a page: claim and verdict, what was observed, the control, and what lies behind it."""
    parts = [_title(d), _failures(d["failures"]), _drawing(d["drawing"]), _chart(d["samples"]["charts"])]
    parts.append(_rows(d, "rows"))
    parts.append(_inodes(d["inodes"]))
    parts.append(_written(d["written"]))
    parts.append(_rows(d, "control"))
    parts += [f'<p class="nslab-foot">{escape(note)}</p>' for note in d["notes"]]
    calls = "\n".join(c["call"] for c in d["syscalls"])
    parts.append(_details(f"{len(d['syscalls'])} system calls that nslab made for it", calls))
    parts.append(_details("its experiment by hand, as shell commands", d["shell"]))
    parts.append(_details("its experiment by hand, as a C program", d["c"]))
    return page("".join(parts))


def _title(d: dict[str, Any]) -> str:
    verdict = badge("holds" if d["holds"] else "does not hold", d["holds"])
    return f'<div class="nslab-title">{verdict}{escape(d["claim"])}</div>'


def _failures(failures: Sequence[str]) -> str:
    if not failures:
        return ""
    items = "".join(f"<li>{escape(f)}</li>" for f in failures)
    return f'<div class="nslab-card" role="alert">What speaks against it:<ul>{items}</ul></div>'


def heading(d: dict[str, Any], which: str) -> tuple[str, tuple[str, str, str]]:
    """The title over the table of "rows" or of "control", and the names of its three columns of values."""
    if "measured" in d["columns"]:
        return ("The experiment" if which == "rows" else CONTROL), ("asked for", "expected", "measured")
    host = "stand-in" if which == "control" and d["standin"] else "host"
    title = "With the flag" if which == "rows" else CONTROL
    return title + (", on a stand-in for the host" if host == "stand-in" else ""), (
        f"{host} before", "inside", f"{host} after"
    )  # fmt: skip


def _rows(d: dict[str, Any], which: str) -> str:
    title, values_of = heading(d, which)
    several = len({row["part"] for row in d[which]}) > 1
    body, part = [], None
    for row in d[which]:
        if several and row["part"] != part:
            part = row["part"]
            about = escape(d["parts"].get(part, part))
            body.append(f'<tr class="nslab-part"><th scope="rowgroup" colspan="5">{about}</th></tr>')
        values = "".join(f'<td class="nslab-value">{escape(value(row, k))}</td>' for k in d["columns"])
        if which == "control":
            sign = '<span aria-label="yes">yes</span>' if row["holds"] else '<span aria-label="no">no</span>'
        else:
            sign = mark(row["holds"])
        body.append(
            f'<tr title="{escape(row["expect"])}"><th scope="row">{escape(row["name"])}</th>{values}'
            f'<td class="nslab-mark">{sign}</td></tr>'
        )
    return _frame(title, ("", *values_of, STILL if which == "control" else "holds"), "".join(body)) + (
        f'<p class="nslab-foot">{escape(STANDIN)}</p>' if which == "control" and d["standin"] else ""
    )


def _drawing(hierarchies: Sequence[dict[str, Any]]) -> str:
    from nslab.show import cgdiagram

    return cgdiagram.boxes(hierarchies) if hierarchies else ""


def _chart(charts: Sequence[dict[str, Any]]) -> str:
    if not charts:
        return ""
    from nslab.show import chart

    return chart.figure(charts).svg()


def _written(written: Sequence[Sequence[str]]) -> str:
    if not written:
        return ""
    lines = ", ".join(f"<code>{escape(f'{group}/{file} = {value}')}</code>" for group, file, value in written)
    return f'<p class="nslab-foot">Written: {lines}</p>'


def _inodes(inodes: dict[str, dict[str, int]]) -> str:
    lines = [
        f"<code>{escape(kind)}:[{n['host']}]</code> on the host, <code>{escape(kind)}:[{n['inside']}]</code> "
        "in one more child made with the flag"
        for kind, n in inodes.items()
    ]
    return "".join(f'<p class="nslab-foot">The namespace: {line}.</p>' for line in lines)


def _details(title: str, text: str) -> str:
    return f"<details><summary>{escape(title)}</summary><pre>{escape(text)}</pre></details>" if text else ""


def _table(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    body = []
    for row in rows:
        first, *rest = row
        cells = "".join(
            f'<td class="nslab-mark">{mark(v)}</td>'
            if isinstance(v, bool)
            else f'<td class="nslab-value">{escape(plain(v))}</td>'
            for v in rest
        )
        body.append(f'<tr><th scope="row">{escape(plain(first))}</th>{cells}</tr>')
    return _frame(title, columns, "".join(body))


def _frame(title: str, columns: Sequence[str], body: str) -> str:
    head = "".join(f'<th scope="col">{escape(c)}</th>' for c in columns)
    return f"<table><caption>{escape(title)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
