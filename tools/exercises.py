"""Write what is made from the exercises: the lessons' section "Your turn", docs/exercises.md, README's line.

`python -m tools.exercises` after an exercise was added, renamed or moved.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from nslab.course.checking.exercise import KINDS, Exercise, all_exercises

ROOT = Path(__file__).resolve().parents[1]
LESSONS = ROOT / "notebooks"
PAGE = ROOT / "docs/exercises.md"
README = ROOT / "README.md"
LINE = re.compile(r"(<!-- exercises: python -m tools.exercises -->\n).*?(<!-- /exercises -->)", re.DOTALL)
"""Where the README's line is."""
BEFORE = "## Where it bites"
"""The section that "Your turn" stands before."""
TURN = """## Your turn

Exercises that the kernel checks, the easiest first. Any way counts: a cell, a terminal, C. In a terminal \
`nslab exercises` has them, too."""
HEAD = """# Exercises

Tasks that the kernel checks. In a notebook `nslab.exercise("NAME")` shows one with its buttons; in a terminal
`nslab exercises NAME` begins it, `nslab check NAME` asks the kernel whether it is done, `nslab hint NAME` helps, and
`nslab progress` tells what is passed. Any way to the goal counts. Names and numbers differ from learner to learner.

This page is made by `python -m tools.exercises`; [adding.md](adding.md) tells how an exercise is written.
"""
INCIDENTS = """## Incidents

Each begins with what a user reports, and takes more than the lesson that is named.
"""


def written() -> dict[Path, str]:
    """File → its content as it has to be."""
    found = {path: _lesson(path) for path in sorted(LESSONS.glob("[0-9][0-9]-*.ipynb"))}
    return {**found, PAGE: _page(), README: LINE.sub(rf"\g<1>{_line()}\g<2>", README.read_text(encoding="utf-8"))}


def of_lesson(number: str) -> list[Exercise]:
    """The exercises that end a lesson, the easiest first."""
    return [each for each in all_exercises() if each.lesson == number and not each.incident]


def _lesson(path: Path) -> str:
    """A notebook with its section anew. What its cells have printed is not there, as in git."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    prefix = notebook["cells"][0]["id"].removesuffix("-00")
    cells = [cell for cell in notebook["cells"] if not re.fullmatch(rf"{prefix}-(turn|ex-\d+)", cell["id"])]
    where = next(i for i, cell in enumerate(cells) if "".join(cell["source"]).startswith(BEFORE))
    notebook["cells"] = [*cells[:where], *_turn(prefix, of_lesson(path.name[:2])), *cells[where:]]
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


def _turn(prefix: str, tasks: list[Exercise]) -> list[dict[str, Any]]:
    shown = [
        {"cell_type": "code", "execution_count": None, "id": f"{prefix}-ex-{i}", "metadata": {}, "outputs": [],
         "source": [f'nslab.exercise("{each.name}")']}
        for i, each in enumerate(tasks, 1)
    ]  # fmt: skip
    head = {"cell_type": "markdown", "id": f"{prefix}-turn", "metadata": {}, "source": TURN.splitlines(keepends=True)}
    return [head, *shown] if tasks else []


def _page() -> str:
    kinds = "\n".join(f"- **{kind}**: {about}." for kind, about in KINDS.items())
    parts = [HEAD, kinds]
    for path in sorted(LESSONS.glob("[0-9][0-9]-*.ipynb")):
        if tasks := of_lesson(path.name[:2]):
            title = "".join(json.loads(path.read_text(encoding="utf-8"))["cells"][0]["source"][0]).strip("# \n")
            parts += [f"\n## [{path.name[:2]}](../notebooks/{path.name}) {title}\n", _table(tasks)]
    if incidents := [each for each in all_exercises() if each.incident]:
        parts += [f"\n{INCIDENTS}", _table(incidents, lesson=True)]
    return "\n".join(parts) + "\n"


def _table(tasks: Iterable[Exercise], lesson: bool = False) -> str:
    columns = [*(["lesson"] if lesson else []), "name", "task", "kind", "needs"]
    rows = [
        [*([each.lesson] if lesson else []), f"`{each.name}`", each.title, each.kind, _needs(each)] for each in tasks
    ]
    return "\n".join(f"| {' | '.join(row)} |" for row in [columns, ["---"] * len(columns), *rows])


def _needs(task: Exercise) -> str:
    subsystems = [f"the subsystem {name}" for name in task.subsystems]
    programs = [f"`{name}`" for name in task.programs]
    return ", ".join([*subsystems, *programs, *(["root"] if task.privileged else [])])


def _line() -> str:
    tasks = all_exercises()
    incidents = sum(each.incident for each in tasks)
    and_incidents = f", and {incidents} are incidents that need several lessons" if incidents else ""
    return (f"Each ends with exercises that the kernel checks: {len(tasks) - incidents} of them{and_incidents}\n"
            "([docs/exercises.md](docs/exercises.md)).\n")  # fmt: skip


if __name__ == "__main__":
    for file, content in written().items():
        if not file.exists() or file.read_text(encoding="utf-8") != content:
            file.write_text(content, encoding="utf-8")
            print(f"written: {file.relative_to(ROOT)}")
