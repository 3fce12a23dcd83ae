"""Evidence as a page for notebooks, and as tables for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from nslab.show import cgdiagram, html, terminal

CONTROL, STILL = "The control: without it", "still so?"
"""The title of the table of what was observed without the flag or the limit; and the heading of what came of it."""
CALLS = {
    "syscalls": "system calls that the experiment made, with the control's",
    "plumbing": "more that nslab made to have it run",
}
MADE_ON = "Made on:"
_SO_IN = {0: "", 1: "So it was in the other part."}
"""What is said of the other parts of a demo, by their number, where each had a namespace of its own."""
STANDIN = "The stand-in is a sandbox in the host's place, so that your machine is left alone."


def value(row: dict[str, Any], column: str) -> str:
    """One value of a row of Evidence as text, with its sign where it is a bound or has a margin."""
    sign = row["sign"] if column == "expected" else ""
    shown = html.plain(row[column])
    return f"{shown} {sign}" if sign.startswith("±") else f"{sign} {shown}".lstrip()


def as_html(d: dict[str, Any]) -> str:
    """Evidence.to_dict() as a page: claim and verdict, what was observed, the control, and what lies behind it."""
    parts = [_made_on(d["made_on"]), _title(d), _failures(d["failures"]), _drawing(d["drawing"])]
    parts.append(_chart(d["samples"]["charts"]))
    parts.append(_rows(d, "rows"))
    parts += [f'<p class="nslab-foot">{escape(line)}</p>' for line in inodes(d)]
    parts.append(_written(d["written"]))
    parts.append(_rows(d, "control"))
    parts += [f'<p class="nslab-foot">{escape(note)}</p>' for note in d["notes"]]
    for which, title in CALLS.items():
        parts.append(_details(f"{len(d[which])} {title}", "\n".join(c["call"] for c in d[which])))
    parts.append(_details("its experiment by hand, as shell commands", d["shell"]))
    parts.append(_details("its experiment by hand, as a C program", d["c"]))
    return html.page("".join(parts))


def _made_on(where: str) -> str:
    return f'<p class="nslab-foot">{MADE_ON} {escape(where)}</p>' if where else ""


def _title(d: dict[str, Any]) -> str:
    verdict = html.badge("holds" if d["holds"] else "does not hold", d["holds"])
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
    # A flag of clone(2) is what makes a namespace; of a capability, a filter, an image it would be no word.
    treated = "With the flag" if d["inodes"] else "The experiment"
    title = treated if which == "rows" else CONTROL
    return title + (", on a stand-in for the host" if host == "stand-in" else ""), (
        f"{host} before", "inside", f"{host} after"
    )  # fmt: skip


def inodes(d: dict[str, Any]) -> list[str]:
    """What the inodes of namespaces tell of a namespace's demo, in one sentence or two."""
    if not d["inodes"]:
        return []
    first, without = d["inodes"][0], {row["part"]: row for row in d["control_inodes"]}.get(d["inodes"][0]["part"])
    kind = d["name"]
    said = f"The namespace: {kind}:[{first['host_before']}] outside, {kind}:[{first['inside']}] inside"
    if without and without["host_before"] == without["inside"]:
        said += f"; without the flag {kind}:[{without['inside']}] on both sides"
        if without["inside"] == first["inside"]:
            said += " (the number was free again)"
    others = d["inodes"][1:]
    also = sum(row["holds"] for row in others)
    if also < len(others):
        return [f"{said}. In the other parts the two differ {also} times of {len(others)}."]
    return [f"{said}. {_SO_IN.get(also, f'So it was in the other {also} parts.')}".rstrip()]


def _rows(d: dict[str, Any], which: str) -> str:
    title, values_of = heading(d, which)
    several = len({row["part"] for row in d[which]}) > 1
    body, part = [], None
    for row in d[which]:
        if several and row["part"] != part:
            part = row["part"]
            about = escape(d["parts"].get(part, part))
            body.append(f'<tr class="nslab-part"><th scope="rowgroup" colspan="5">{about}</th></tr>')
        shown = [value(row, k) for k in d["columns"]]
        values = "".join(f"<td{html.css_of(each, 'nslab-value')}>{html.breakable(each)}</td>" for each in shown)
        if which == "control":
            sign = '<span aria-label="yes">yes</span>' if row["holds"] else '<span aria-label="no">no</span>'
        else:
            sign = html.mark(row["holds"])
        body.append(
            f'<tr title="{escape(row["words"])}"><th scope="row"{html.css_of(row["label"], "nslab-label")}>'
            f'{escape(row["label"])}</th>{values}<td class="nslab-mark">{sign}</td></tr>'
        )
    return html.frame(title, ("", *values_of, STILL if which == "control" else "holds"), "".join(body)) + (
        f'<p class="nslab-foot">{escape(STANDIN)}</p>' if which == "control" and d["standin"] else ""
    )


def _drawing(hierarchies: Sequence[dict[str, Any]]) -> str:
    return cgdiagram.boxes(hierarchies) if hierarchies else ""


def _chart(charts: Sequence[dict[str, Any]]) -> str:
    if not charts:
        return ""
    # matplotlib takes a while, and many experiments draw nothing.
    from nslab.show import chart

    return chart.figure(charts).svg()


def _written(written: Sequence[Sequence[str]]) -> str:
    if not written:
        return ""
    lines = ", ".join(f"<code>{escape(f'{group}/{file} = {value}')}</code>" for group, file, value in written)
    return f'<p class="nslab-foot">Written: {lines}</p>'


def _details(title: str, text: str) -> str:
    return f"<details><summary>{escape(title)}</summary><pre>{escape(text)}</pre></details>" if text else ""


def as_text(d: dict[str, Any]) -> Any:
    """Evidence.to_dict() as tables: claim and verdict, what was observed, the control."""
    from rich.console import Group
    from rich.text import Text

    verdict = f"{terminal.YES} holds" if d["holds"] else f"{terminal.NO} does not hold"
    parts: list[Any] = [Text(f"{MADE_ON} {d['made_on']}", style="dim")] if d["made_on"] else []
    parts += [Text.from_markup(f"{verdict}   [bold]{terminal.escaped(d['claim'])}[/]"), ""]
    parts += [Text.from_markup(f"{terminal.NO} {terminal.escaped(f)}") for f in d["failures"]]
    if d["drawing"]:
        parts += [Text(repr(cgdiagram.Diagram(d["drawing"]))), ""]
    parts.append(_text_rows(d, "rows"))
    parts += [Text(line, style="dim") for line in inodes(d)]
    if d["written"]:
        lines = ", ".join(f"{group}/{file} = {value}" for group, file, value in d["written"])
        parts.append(Text(f"Written: {lines}", style="dim"))
    parts += ["", _text_rows(d, "control")]
    parts += [Text(note, style="dim") for note in d["notes"]]
    return Group(*parts)


def _text_rows(d: dict[str, Any], which: str) -> Any:
    title, values_of = heading(d, which)
    control = which == "control"
    return terminal.table(
        title,
        ("", *values_of, STILL if control else ""),
        [(r["label"], *(value(r, k) for k in d["columns"]), ("yes" if r["holds"] else "no") if control else r["holds"])
         for r in d[which]],
        STANDIN if control and d["standin"] else "",
    )  # fmt: skip
