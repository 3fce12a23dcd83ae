"""A lesson on paper, two pages at most: `python -m tools.handout LESSON [FILE]`, such as `02` or `02 uts.pdf`.

FILE is an HTML page, or a PDF, which takes Chromium; without it, it is called as the notebook is, in this directory.
On it are the lesson's question, its guess, a table for what was seen, the shell by hand, the exercises and the words.
What the kernel says is not: that is for the learner to write down.
"""

from __future__ import annotations

import ast
import re
import sys
import tempfile
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import NamedTuple

import nbformat

from nslab.course.checking.exercise import KINDS, Exercise, all_exercises
from nslab.course.glossary import entries
from nslab.errors import Unsupported
from nslab.talks.export import paper
from tools.minutes import LESSONS, said

SHOWS = re.compile(r"\.demo\(|panel\(|playground\(|^%%|steps\.run|\.compare\(|nslab\.clone|Sandbox\(|ns_map|beside\(")
"""A cell whose output is worth a line."""
ROWS = 9
"""Lines of the table: the first that there are."""
LEFT_OUT = ("By hand", "Your turn", "Where it bites", "Read on", "Is everything here?", "The lessons", "How to work")
FEW = 7
"""Where a lesson has more exercises than that, their titles are listed, and the goals are left to the screen."""
STYLE = """
@page { size: A4; margin: 13mm 15mm; }
* { box-sizing: border-box; }
body { font: 9.5pt/1.32 system-ui, sans-serif; color: #111; max-width: 180mm; margin: 0 auto; }
@media screen { body { padding: 10mm 4mm; } }
h1 { font-size: 16pt; margin: 0 0 1mm; }
h2 { font-size: 11pt; margin: 3.5mm 0 1mm; border-bottom: 0.3mm solid #111; break-after: avoid; }
p, ul { margin: 0 0 1.5mm; }
header p, .soft { color: #444; }
ul { padding-left: 5mm; }
.guess li { list-style: none; margin-left: -5mm; }
.guess li::before { content: "☐ "; }
table { border-collapse: collapse; width: 100%; table-layout: fixed; }
th, td { border: 0.2mm solid #555; padding: 0.8mm 1.5mm; text-align: left; vertical-align: top; }
.seen td { height: 11mm; }
tr, pre, .task { break-inside: avoid; }
pre, code { font-family: ui-monospace, Menlo, Consolas, monospace; font-size: 0.88em; }
pre { background: #f3f3f3; padding: 1.5mm 2mm; margin: 0 0 1.5mm; white-space: pre-wrap; }
dl { columns: 2; column-gap: 6mm; margin: 0; font-size: 0.92em; }
dt { font-weight: 600; float: left; margin-right: 1.5mm; }
dd { margin: 0 0 0.8mm; break-inside: avoid; }
.task { margin: 0 0 1.5mm; }
footer { margin-top: 2mm; color: #444; }
"""
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width"><style>{style}</style></head><body>
<header><h1>{title}</h1>{aim}<p>Name: ……………………………………………  Date: ………………………</p></header>
{body}
<footer>nslab. The same in the notebook {file}, with what the kernel of your machine says.</footer>
</body></html>
"""


class Section(NamedTuple):
    """A part of a lesson: its title, what it says, and the cells in it."""

    title: str
    text: str
    code: tuple[str, ...]


def find(lesson: str) -> Path:
    """The notebook of the lesson with this number. Raises ValueError."""
    found = [path for path in LESSONS if path.name[:2] == lesson]
    if not found:
        raise ValueError(f"lesson {lesson!r}: choose one of {', '.join(path.name[:2] for path in LESSONS)}")
    return found[0]


def sections(path: Path) -> list[Section]:
    """The parts of a lesson, without its first cell."""
    found: list[Section] = []
    for cell in nbformat.read(path, as_version=4).cells[1:]:
        if cell.cell_type == "code":
            found[-1:] = [found[-1]._replace(code=(*found[-1].code, cell.source))] if found else []
            continue
        before, *titled = re.split(r"^## ", cell.source, flags=re.MULTILINE)
        if before.strip() and found:
            found[-1] = found[-1]._replace(text=f"{found[-1].text}\n\n{before.strip()}")
        found += [Section(*_parted(each), ()) for each in titled]
    return found


def page(lesson: str) -> str:
    """The lesson as HTML for paper; it loads nothing. Raises ValueError for a lesson that there is not."""
    path = find(lesson)
    first = nbformat.read(path, as_version=4).cells[0].source
    title, aim = _parted(first.removeprefix("# "))
    aim = re.sub(r"\s*\*\*\d+ minutes\.\*\*.*", "", aim.split("\n\n")[0], flags=re.DOTALL)
    parts = sections(path)
    body = [_question(parts), _guess(parts), _seen(parts), _shell(parts), _turn(lesson), _words(lesson)]
    reading = f" A reader takes {said(path)} minutes for it."
    return PAGE.format(title=escape(f"{lesson} {title}"), style=STYLE, aim=_html(aim + reading), file=path.name,
                       body="\n".join(filter(None, body)))  # fmt: skip


def write(lesson: str, file: Path) -> None:
    """Write the page to an HTML file or a PDF. Raises ValueError, OSError, `nslab.Unsupported` for want of Chromium."""
    made = page(lesson)
    if file.suffix == ".html":
        file.write_text(made, encoding="utf-8")
    elif file.suffix == ".pdf":
        with tempfile.TemporaryDirectory(prefix="nslab-handout-") as kept:
            html = Path(kept, "handout.html")
            html.write_text(made, encoding="utf-8")
            paper.write(html, file)
    else:
        raise ValueError(f"{file}: give a file that ends in .html or .pdf")


def _parted(text: str) -> tuple[str, str]:
    title, _, rest = text.partition("\n")
    return title.strip(), rest.strip()


def _html(markdown: str) -> str:
    """Markdown as HTML, for paper: no pictures, and of links their words."""
    from nbconvert.filters import markdown2html

    words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", re.sub(r"!\[[^\]]*\]\([^)]*\)", "", markdown))
    return str(markdown2html(words))


def _line(markdown: str) -> str:
    """The same of one line, without a paragraph around it."""
    return _html(markdown).strip().removeprefix("<p>").removesuffix("</p>")


def _question(parts: list[Section]) -> str:
    text = next(part.text for part in parts if part.title == "The question")
    return f"<h2>The question</h2>{_html(text)}"


def guess(parts: list[Section]) -> tuple[str, list[str]]:
    """What the lesson asks beforehand, and the answers to choose from."""
    for cell in (cell for part in parts for cell in part.code if "nslab.predict(" in cell):
        for node in ast.walk(ast.parse(cell)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "predict":
                question, options = map(ast.literal_eval, node.args)
                return question, options
    raise ValueError("a lesson that asks for no guess")


def _guess(parts: list[Section]) -> str:
    question, options = guess(parts)
    before = next((_html(part.text) for part in parts if part.title == "Guess first"), "")
    answers = "".join(f"<li>{escape(each)}</li>" for each in options)
    return f'<h2>My guess</h2>{before}<p>{escape(question)}</p><ul class="guess">{answers}</ul>'


def shown(parts: list[Section]) -> list[str]:
    """The titles of the parts that show something of the kernel's."""
    kept = (part for part in parts if not part.title.startswith(LEFT_OUT))
    return [part.title for part in kept if part.title == "Run it" or any(map(SHOWS.search, part.code))][:ROWS]


def _seen(parts: list[Section]) -> str:
    rows = "".join(f"<tr><th>{_line(title)}</th><td></td><td></td><td></td></tr>" for title in shown(parts))
    head = "".join(f"<th>{each}</th>" for each in ("part", "what I expect", "what the kernel said", "without it"))
    return f'<h2>What I saw</h2><table class="seen"><tr>{head}</tr>{rows}</table>'


def _shell(parts: list[Section]) -> str:
    for part in (part for part in parts if part.title.startswith("By hand")):
        for cell in part.code:
            first, _, code = cell.partition("\n")
            if first.startswith("%%bash"):
                given = "<p><code>$1</code> is the directory of a group.</p>" if "-s" in first.split() else ""
                return f"<h2>By hand, in the shell</h2>{given}<pre>{escape(code.strip())}</pre>"
    return ""


def _turn(lesson: str) -> str:
    tasks = [each for each in all_exercises() if each.lesson == lesson]
    if not tasks:
        return ""
    commands = ", ".join(f"<code>nslab {verb} NAME</code>" for verb in ("exercises", "check", "hint"))
    how = f"In a terminal: {commands}. … stands for what differs from learner to learner."
    return f'<h2>Your turn</h2><p class="soft">{how}</p>{"".join(_tasks(tasks))}'


def _tasks(tasks: list[Exercise]) -> Iterator[str]:
    for task in tasks:
        goal = "" if len(tasks) > FEW else _html(_blank(_goal(task)))
        kind = "an incident" if task.incident else KINDS[task.kind]
        asks = "; asks for root" if task.privileged else ""
        yield (f'<div class="task">☐ <b>{_line(_blank(task.title))}</b> <code>{task.name}</code> '
               f'<span class="soft">({escape(kind)}{asks})</span>{goal}</div>')  # fmt: skip


def _goal(task: Exercise) -> str:
    """The first paragraph of what is to be reached, with the places where values are put."""
    return task._file("task.md").partition("## Goal\n")[2].partition("\n## ")[0].strip().split("\n\n")[0]


def _blank(text: str) -> str:
    return re.sub(r"@\w+@", "…", text)


def _words(lesson: str) -> str:
    of_it = (each for each in entries() if each.lesson == lesson)
    words = "".join(f"<dt>{escape(each.word)}</dt><dd>{escape(each.means)}</dd>" for each in of_it)
    return f"<h2>Words</h2><dl>{words}</dl>" if words else ""


def main(arguments: list[str]) -> int:
    """Write one handout; the exit status."""
    if len(arguments) not in (1, 2):
        print(__doc__, file=sys.stderr)
        return 2
    lesson, *to = arguments
    try:
        file = Path(to[0] if to else f"{find(lesson).stem}.html")
        write(lesson, file)
    except (ValueError, OSError, Unsupported) as e:
        print(e, file=sys.stderr)
        return 2 if isinstance(e, ValueError) else 1
    print(file)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
