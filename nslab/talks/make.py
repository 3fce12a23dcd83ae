"""A talk of one's own: slides of lessons and of other talks, by name, in one notebook."""

from __future__ import annotations

import ast
import builtins
import itertools
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from nslab.course import lessons
from nslab.talks import deck
from nslab.talks.deck import WRONG

SECONDS = 90
"""That a slide of a lesson is planned for, until somebody says otherwise."""
LONGEST = 320
"""Letters of a slide's text; what is beyond is for the notes."""
RESCUE = "press L: the last good output is of this machine."


def slides() -> dict[str, list[Any]]:
    """Every slide that can be taken, by its name ("02/run-it", "20-minutes/root-and-nobody-special"): its cells."""
    came = lessons.installed()
    found: dict[str, list[Any]] = {}
    for path in sorted(came.glob("[0-9][0-9]-*.ipynb")) if came else ():
        for title, cells in _of_lesson(path):
            found.setdefault(f"{path.name[:2]}/{_slug(title)}", cells)
    for name in deck.names():
        for slide in deck.read(deck.find(name)).slides:
            found.setdefault(f"{name}/{_slug(slide.title)}", _of_talk(slide))
    return found


def new(file: Path, names: Sequence[str]) -> None:
    """Write a talk with these slides, between one to begin with and one to end with.

    Raises ValueError for a name that there is not, and for a file that is there already or is no notebook; OSError.
    """
    import nbformat

    if file.suffix != ".ipynb":
        raise ValueError(f"{file}: give the new talk a name that ends in .ipynb")
    if file.exists():
        raise ValueError(f"{file} is there already: give another name")
    there = slides()
    for name in names:
        if name not in there:
            near = [each for each in there if each.partition("/")[0] == name.partition("/")[0]]
            raise ValueError(f"no slide is called {name!r}; choose from {', '.join(near or there)}")
    title = file.stem.replace("-", " ").replace("_", " ")
    cells = _slide(f"# {title[:1].upper()}{title[1:]}", 60, None, "Say what they will be able to do.", "go on.")
    for name in names:
        cells += there[name]
    cells += _slide("# Questions?", 120, None, "docs/presenting.md has what audiences ask, with an answer in one cell.",
                    "you are done.")  # fmt: skip
    spec = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    # One that is taken twice has cells of its own.
    own = [nbformat.from_dict({**cell, "id": f"slide-{number:03}"}) for number, cell in enumerate(cells)]
    made = nbformat.v4.new_notebook(metadata={"kernelspec": spec}, cells=own)
    file.write_text(nbformat.writes(made), encoding="utf-8")


def _slide(text: str, seconds: int, source: str | None, notes: str, wrong: str) -> list[Any]:
    import nbformat

    def kind(name: str, **more: Any) -> dict[str, Any]:
        return {"slideshow": {"slide_type": name}, **more}

    v4 = nbformat.v4
    cells = [v4.new_markdown_cell(text, metadata=kind("slide", nslab={"seconds": seconds}))]
    if source is not None:
        cells.append(v4.new_code_cell(source, metadata=kind("-")))
    cells.append(v4.new_markdown_cell(f"{notes}\n\n{WRONG} {wrong}", metadata=kind("notes")))
    return cells


def _of_talk(slide: deck.Slide) -> list[Any]:
    text = "\n\n".join(cell.source for cell in slide.cells if cell.cell_type != "code")
    code = [cell.source for cell in slide.cells if cell.cell_type == "code"]
    return _slide(text, slide.seconds, code[0] if code else None, slide.notes, slide.wrong or RESCUE)


def _of_lesson(path: Path) -> Iterator[tuple[str, list[Any]]]:
    """Each section of a lesson whose first cell needs no cell before it but the imports."""
    import nbformat

    cells = nbformat.read(path, as_version=4).cells
    subject = cells[0].source.split("\n")[0].lstrip("# ")
    imports = _imports([cell.source for cell in cells if cell.cell_type == "code"])
    for text, code in itertools.pairwise(cells):
        if (text.cell_type, code.cell_type) != ("markdown", "code") or not text.source.startswith("## "):
            continue
        title, _, said = (part.strip() for part in text.source[3:].partition("\n"))
        source = _alone(code.source, imports)
        if title != "Your turn" and source is not None:
            yield title, _slide(_short(f"## {subject}: {title}", said), SECONDS, source, said or title, RESCUE)


def _short(heading: str, said: str) -> str:
    """The heading, and of what the lesson says as many whole sentences as a slide has room for."""
    room = LONGEST - len(heading) - 2
    sentences = re.split(r"(?<=[.?!:]) ", said.split("\n\n")[0])
    kept = ""
    while sentences and len(kept) + len(sentences[0]) < room:
        kept = f"{kept} {sentences.pop(0)}".strip()
    return f"{heading}\n\n{kept}" if kept else heading


def _imports(sources: list[str]) -> dict[str, str]:
    """What a lesson imports at the top of its cells: the name → the line that does it."""
    found: dict[str, str] = {}
    for source in sources:
        for node in _parsed(source) or ():
            if isinstance(node, ast.Import | ast.ImportFrom):
                for alias in node.names:
                    line = ast.unparse(type(node)(**{**dict(ast.iter_fields(node)), "names": [alias]}))
                    found.setdefault((alias.asname or alias.name).split(".")[0], line)
    return found


def _parsed(source: str) -> list[ast.stmt] | None:
    """The statements of a cell; None for one of a shell or of C. A line of IPython's own is left out."""
    if source.startswith("%%"):
        return None
    plain = "\n".join(line for line in source.split("\n") if not line.startswith(("%", "!")))
    return ast.parse(plain).body


def _alone(source: str, imports: dict[str, str]) -> str | None:
    """A cell with the imports that it needs; None where it needs what another cell has made, or shows nothing."""
    if source.startswith("%%bash"):
        return source
    body = _parsed(source)
    if not body or not isinstance(body[-1], ast.Expr | ast.With) or re.search("^[%!]", source, re.MULTILINE):
        return None
    tree = ast.Module(body, [])
    nodes = list(ast.walk(tree))
    own = {alias.asname or alias.name.split(".")[0] for node in nodes if isinstance(node, ast.Import | ast.ImportFrom)
           for alias in node.names}  # fmt: skip
    own |= {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    own |= {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    own |= {arg.arg for node in nodes if isinstance(node, ast.arguments) for arg in (*node.args, *node.kwonlyargs)}
    used = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    needed = used - own - set(dir(builtins))
    if needed - set(imports):
        return None
    lines = sorted({imports[name] for name in needed})
    return "\n".join([*lines, source])


def _slug(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")
