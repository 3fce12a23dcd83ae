"""A task, what a check of it found, and its solution: as HTML for notebooks, and as text for a terminal."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from nslab.show import html, terminal
from nslab.show.printable import printable

TITLES = {
    "passed": "Passed",
    "not yet": "Not yet",
    "not begun": "Not begun",
    "cannot be checked here": "This cannot be checked here",
}
_SPANS = re.compile(r"([^`*]+)|`([^`]*)`|\*([^*]*)\*")
"""Pieces of a line of Markdown: plain text, a name or a command, a role of the scene."""
_MARKED = re.compile(r"`([^`]+)`|\*([\w-]+)\*")
"""What is to be typed, and a role of the scene, in a hint; it may have asterisks of a shell's, too."""
NOT_HERE = "This machine, or this user, cannot do it as it is"
COLUMNS = ("what was looked at", "wanted", "found", "right?")


def as_html(d: dict[str, Any]) -> str:
    """Outcome.to_dict() as a page: how it ended, what is missing, and what was looked at, row by row."""
    good = d["status"] == "passed"
    kind = "nslab-card nslab-good" if good else "nslab-card"
    badge = html.badge(TITLES[d["status"]], good)
    return html.page(
        f'<div class="{kind}" role="note"><div class="nslab-title">{badge}{escape(d["exercise"])}</div>'
        f'<div class="nslab-body">{_named_in_html(_sentence(d["message"]), d["names"])}</div></div>{_found(d)}'
    )


def in_a_line(d: dict[str, Any]) -> str:
    """How it ended, and what is missing, for the line of a card that a screen reader reads out."""
    return f"{TITLES[d['status']]}. {_sentence(_named(d['message'], d['names']))}"


def found_as_html(d: dict[str, Any]) -> str:
    """Outcome.to_dict() as a page that goes with that line: what to do, and what was looked at, row by row."""
    return html.page(_found(d))


def _found(d: dict[str, Any]) -> str:
    mend = f'<div class="nslab-mend">To mend it:</div><pre>{escape(d["mend"])}</pre>' if d["mend"] else ""
    table = html.frame("What the kernel said", COLUMNS, "".join(_row(f, d["names"]) for f in d["findings"]))
    kept = f'<p class="nslab-foot">{escape(d["unrecorded"])}</p>' if d["unrecorded"] else ""
    return mend + (table if d["findings"] else "") + kept


def _row(finding: dict[str, Any], names: Mapping[str, str]) -> str:
    looked, wanted, found = (_named_in_html(printable(finding[key]), names) for key in ("looked", "wanted", "found"))
    values = f'<td class="nslab-value">{wanted}</td><td class="nslab-value">{found}</td>'
    right = f'<td class="nslab-mark">{html.mark(finding["right"])}</td>'
    return f'<tr><th scope="row">{looked}</th>{values}{right}</tr>'


def _pieces(text: str, names: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Pieces of a text: as it is and "", or the name of a cgroup and its directory."""
    directories = sorted(names, key=len, reverse=True)
    for piece in re.split(f"({'|'.join(map(re.escape, directories))})(?![^/\\s,;:.)])", text) if names else [text]:
        yield (names[piece], piece) if piece in names else (piece, "")


def _named(text: str, names: Mapping[str, str]) -> str:
    """A text with the names of cgroups in place of their directories, which are long."""
    return "".join(piece for piece, _ in _pieces(text, names))


def _named_in_html(text: str, names: Mapping[str, str]) -> str:
    """The same as HTML, where the pointer shows the directory."""
    return "".join(
        f'<abbr title="{escape(directory)}">{escape(piece)}</abbr>' if directory else escape(piece)
        for piece, directory in _pieces(text, names)
    )


def as_text(d: dict[str, Any]) -> Any:
    """The same for a terminal."""
    from rich.console import Group

    message = _sentence(_named(d["message"], d["names"]))
    card = terminal.card(f"{TITLES[d['status']]}: {d['exercise']}", message, d["mend"])
    rows = [(*(_named(f[key], d["names"]) for key in ("looked", "wanted", "found")), f["right"]) for f in d["findings"]]
    parts = [card, *([terminal.table("What the kernel said", COLUMNS, rows)] if rows else [])]
    return Group(*parts, *([terminal.escaped(d["unrecorded"])] if d["unrecorded"] else []))


def _sentence(text: str) -> str:
    """A capital letter first, except for a name (of a file, of an exercise), and a full stop at the end."""
    text = printable(text)
    first = text.partition(" ")[0].rstrip(",:;")
    begun = text[:1].upper() + text[1:] if first.isalpha() else text
    return begun + ("" if text.endswith((".", "?", "!")) else ".")


def task_as_html(d: dict[str, Any]) -> str:
    """Shown.to_dict() as a page: the situation, the goal, what is given, and how far it is."""
    from markdown_it import MarkdownIt

    written = MarkdownIt("commonmark", {"html": False}).render(_body(d))
    # Below the notebook's own headings, and not in its table of contents.
    written = re.sub("<h2>(.*?)</h2>", r'<div class="nslab-head" role="heading" aria-level="4">\1</div>', written)
    lacking = f'<div class="nslab-card"><b>{NOT_HERE}.</b> {escape(d["why"])}</div>' if d["why"] else ""
    mend = f"<pre>{escape(d['mend'])}</pre>" if d["why"] and d["mend"] else ""
    return html.page(f'<div class="nslab-task"><div class="nslab-title">{_badge(d)}{escape(d["title"])}</div>'
                     f'<div class="nslab-body">{written}</div>{lacking}{mend}</div>')  # fmt: skip


def task_as_text(d: dict[str, Any]) -> Any:
    """The same for a terminal."""
    from rich.console import Group
    from rich.markdown import Markdown

    head = f"[bold]{terminal.escaped(d['title'])}[/]   {terminal.escaped(d['exercise'])}: {d['kind']}"
    passed = [f"Passed {d['passed']}"] if d["passed"] else []
    lacking = [terminal.card(NOT_HERE, d["why"], d["mend"])] if d["why"] else []
    given = [_line(line) for line in _given(d)]
    return Group(head, Markdown(d["text"]), *given, "", *passed, *lacking, _next(d))


def _line(text: str) -> Any:
    """A line of Markdown as one line, however long: a path that is broken into two cannot be copied."""
    from rich.text import Text

    made = Text(" • ", no_wrap=True, overflow="ignore")
    for plain, code, role in _SPANS.findall(text):
        made.append(plain or code or role, "bold" if code else "italic" if role else "")
    return made


def _badge(d: dict[str, Any]) -> str:
    return html.badge("passed", True) if d["passed"] else ""


def _body(d: dict[str, Any]) -> str:
    """The text, and under its last heading what the scene has."""
    given = "\n".join(f"* {line}" for line in _given(d))
    return f"{d['text']}\n\n{given}".rstrip()


def _given(d: dict[str, Any]) -> list[str]:
    return list(d["given"]) if d["begun"] else ["a scene, which is made when you begin"]


def _next(d: dict[str, Any]) -> str:
    name, answer = d["exercise"], " ANSWER" if d["answer"] else ""
    if not d["begun"]:
        return f"Begin: nslab exercises {name}"
    return f"Then: nslab check {name}{answer}   (or nslab hint {name})"


def hint_as_html(d: dict[str, Any]) -> str:
    """Hint.to_dict() as a page."""
    text = _MARKED.sub(
        lambda found: f"<code>{found[1]}</code>" if found[1] else f"<em>{found[2]}</em>", escape(printable(d["text"]))
    )
    return html.page(f'<div class="nslab-card" role="note"><div class="nslab-title">{_numbered(d)}</div>'
                     f'<div class="nslab-body">{text}</div></div>')  # fmt: skip


def hint_as_text(d: dict[str, Any]) -> Any:
    """The same for a terminal, where what is to be typed keeps its backquotes."""
    return terminal.card(_numbered(d), _MARKED.sub(lambda found: found[2] or found[0], d["text"]))


def _numbered(d: dict[str, Any]) -> str:
    return f"Hint {d['number']} of {d['of']}" if d["of"] else "No hint"


def solution_as_html(name: str, where: str, program: str) -> str:
    """A solution as a page."""
    title = f'<div class="nslab-title">A solution of {escape(name)}, {escape(where)}</div>'
    return html.page(f"{title}<pre>{escape(program)}</pre>")
