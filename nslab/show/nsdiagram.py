"""A drawing of namespaces: user namespaces as boxes in boxes, each with what it owns."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from html import escape
from typing import Any

from nslab.show import html
from nslab.show.printable import printable

MOST = 12
"""Namespaces of one type in one box before the rest is a number."""


class Diagram:
    """The drawing; as the last line of a cell it shows itself."""

    def __init__(self, namespaces: Sequence[dict[str, Any]]) -> None:
        self._users = {n["inode"]: n for n in namespaces if n["type"] == "user"}
        self._inner: dict[int | None, list[int]] = defaultdict(list)
        self._owned: dict[int | None, list[dict[str, Any]]] = defaultdict(list)
        for n in namespaces:
            if n["type"] == "user":
                self._inner[n["parent"] if n["parent"] in self._users else None].append(n["inode"])
            else:
                self._owned[n["owner"] if n["owner"] in self._users else None].append(n)

    def __repr__(self) -> str:
        lines: list[str] = []
        for inode in self._inner[None]:
            self._text(inode, "", lines)
        if self._owned[None]:
            lines += ["owner not to be seen", *(f"  {_label(n)}" for n in self._owned[None][:MOST])]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        boxes = "".join(self._box(inode) for inode in self._inner[None])
        if self._owned[None]:
            boxes += f'<div class="nslab-box"><b>owner not to be seen</b>{_chips(self._owned[None])}</div>'
        return html.page(f'<div class="nslab-title">User namespaces, and what each owns</div>{boxes}')

    def _text(self, inode: int, indent: str, lines: list[str]) -> None:
        lines.append(f"{indent}{_label(self._users[inode])}")
        seen: Counter[str] = Counter()
        for n in self._owned[inode]:
            seen[n["type"]] += 1
            if seen[n["type"]] <= MOST:
                lines.append(f"{indent}  {_label(n)}")
        lines += [f"{indent}  … and {count - MOST} more of type {kind}" for kind, count in seen.items() if count > MOST]
        for child in self._inner[inode][:MOST]:
            self._text(child, indent + "  ", lines)
        if len(self._inner[inode]) > MOST:
            lines.append(f"{indent}  … and {len(self._inner[inode]) - MOST} more user namespaces")

    def _box(self, inode: int) -> str:
        inner = self._inner[inode]
        boxes = "".join(self._box(child) for child in inner[:MOST])
        if len(inner) > MOST:
            boxes += f'<p class="nslab-foot">… and {len(inner) - MOST} more user namespaces</p>'
        title = escape(_label(self._users[inode]))
        return f'<div class="nslab-box"><b>{title}</b>{_chips(self._owned[inode])}{boxes}</div>'


def _chips(namespaces: Sequence[dict[str, Any]]) -> str:
    by_type: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for n in namespaces:
        by_type[n["type"]].append(n)
    rows = []
    for kind, members in by_type.items():
        chips = "".join(
            f'<span class="nslab-chip" title="{escape(_label(n))}">{_short(n)}</span>' for n in members[:MOST]
        )
        more = f'<span class="nslab-foot">… and {len(members) - MOST} more</span>' if len(members) > MOST else ""
        rows.append(f'<div class="nslab-kind"><span>{escape(kind)}</span>{chips}{more}</div>')
    return "".join(rows)


def _short(n: dict[str, Any]) -> str:
    who = n["sandbox"] or printable(n["command"]) or "no process"
    return f"{n['inode'] % 10_000_000:07d} · {n['nprocs']} · {escape(who)}"


def _label(n: dict[str, Any]) -> str:
    who = n["sandbox"] or printable(n["command"])
    parts = [f"{n['type']}:[{n['inode']}]", f"{n['nprocs']} processes"]
    if n["uid"] is not None:
        parts.append(f"made by uid {n['uid']}")
    if who:
        parts.append(who)
    if n["held_by"] and not n["nprocs"]:
        parts.append("held by " + ", ".join(n["held_by"][:2]))
    return ", ".join(parts)
