"""A drawing of cgroup hierarchies: each cgroup as a box in its parent's, with the tasks that are in it."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from nslab.show import html
from nslab.show.printable import printable

MOST_TASKS, MOST_GROUPS = 8, 12
"""Tasks and cgroups in one box before the rest is a number."""


class Diagram:
    """The drawing; as the last line of a cell it shows itself. Given plain values of nslab.cgroups.core.hierarchies."""

    def __init__(self, hierarchies: Sequence[dict[str, Any]]) -> None:
        self._hierarchies = hierarchies

    def __repr__(self) -> str:
        lines: list[str] = []
        for h in self._hierarchies:
            lines.append(_title(h))
            self._text(h["root"], h, "  ", lines)
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return html.page(boxes(self._hierarchies))

    def _text(self, group: dict[str, Any], h: dict[str, Any], indent: str, lines: list[str]) -> None:
        lines.append(f"{indent}{_name(group, h['root']['path'])}{_tasks_in_words(group)}{_here(group, h['own'])}")
        for child in group["children"][:MOST_GROUPS]:
            self._text(child, h, indent + "  ", lines)
        if len(group["children"]) > MOST_GROUPS:
            lines.append(f"{indent}  … and {len(group['children']) - MOST_GROUPS} more cgroups")


def boxes(hierarchies: Sequence[dict[str, Any]]) -> str:
    """The drawing as HTML, to be put on a page of nslab's."""
    each = "".join(
        f'<div class="nslab-hierarchy"><div class="nslab-title">{escape(_title(h))}</div>'
        f"{_box(h['root'], h['own'], h['root']['path'])}</div>"
        for h in hierarchies
    )
    return f'<div class="nslab-hierarchies">{each}</div>'


def _title(h: dict[str, Any]) -> str:
    kind = "v2" if h["version"] == 2 else "v1"
    return f"hierarchy {h['id']} ({kind}): {h['title']}"


def _name(group: dict[str, Any], root: str) -> str:
    return printable(group["path"] if group["path"] == root else "/" + group["path"].rpartition("/")[2])


def _here(group: dict[str, Any], own: str) -> str:
    return "  ← this process" if group["path"] == own else ""


def _tasks_in_words(group: dict[str, Any]) -> str:
    tasks = [f"{pid} {printable(command)}".strip() for pid, command in group["procs"]]
    more = f" and {len(tasks) - MOST_TASKS} more" if len(tasks) > MOST_TASKS else ""
    return f": {', '.join(tasks[:MOST_TASKS])}{more}" if tasks else ""


def _box(group: dict[str, Any], own: str, root: str) -> str:
    shown = [(pid, escape(printable(command))) for pid, command in group["procs"][:MOST_TASKS]]
    chips = "".join(f'<span class="nslab-chip">{pid} {command}</span>' for pid, command in shown)
    if len(group["procs"]) > MOST_TASKS:
        chips += f'<span class="nslab-foot">and {len(group["procs"]) - MOST_TASKS} more tasks</span>'
    tasks = f'<div class="nslab-kind">{chips}</div>' if chips else ""
    boxes = "".join(_box(child, own, root) for child in group["children"][:MOST_GROUPS])
    if len(group["children"]) > MOST_GROUPS:
        boxes += f'<p class="nslab-foot">and {len(group["children"]) - MOST_GROUPS} more cgroups</p>'
    here = escape(_here(group, own))
    return f'<div class="nslab-box"><b>{escape(_name(group, root))}</b>{here}{tasks}<div>{boxes}</div></div>'
