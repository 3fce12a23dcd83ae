"""nslab exercises [NAME]"""

from __future__ import annotations

import json
from typing import Any

import click

from nslab.cli.output import display, reported, show

COLUMNS = ("lesson", "exercise", "task", "kind", "state")


@click.command(short_help="list them, or begin one")
@click.argument("name", required=False)
@click.option("--seed", type=int, help="Other names and numbers; the same seed gives the same scene again.")
@click.option("--end", is_flag=True, help="End the scene of NAME, or of all that are begun.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(name: str | None, seed: int | None, end: bool, as_json: bool) -> None:
    """List the exercises; with NAME show its task, and make its scene.

    The scene stays until --end, `nslab reset NAME`, or the end of this terminal's shell, or of the Jupyter server.
    """
    from nslab.course.checking import checker

    if name is None and seed is not None:
        raise click.UsageError(f"--seed {seed} goes with the name of an exercise")
    with reported(as_json):
        if end:
            _end(name, as_json)
        elif name is None:
            _list(as_json)
        else:
            show(checker.begin(name, seed), as_json)


def _end(name: str | None, as_json: bool) -> None:
    from nslab.course.checking import checker

    ended = checker.end(name or "")
    if as_json:
        click.echo(json.dumps({"ended": ended}))
    else:
        click.echo(f"Ended: {', '.join(ended)}" if ended else "Nothing to end: no scene is there.")


def _list(as_json: bool) -> None:
    from nslab.course import progress
    from nslab.course.checking import scenes
    from nslab.course.checking.exercise import KINDS, all_exercises
    from nslab.show import terminal

    passed, begun = progress.passed(), {held.exercise for held in scenes.held()}
    found = [
        {"name": each.name, "lesson": each.lesson, "title": each.title, "kind": each.kind, "incident": each.incident,
         "passed": each.name in passed, "begun": each.name in begun}
        for each in all_exercises()
    ]  # fmt: skip
    if as_json:
        click.echo(json.dumps(found, indent=1))
        return
    for title, incident in (("", False), ("Incidents, for which it takes more than one lesson", True)):
        rows = [(f["lesson"], f["name"], f["title"], f["kind"], _state(f)) for f in found if f["incident"] is incident]
        if rows:
            display(terminal.table(title, COLUMNS, rows))
    kinds = "; ".join(f"{kind}: {about}" for kind, about in KINDS.items())
    display(f"nslab exercises NAME begins one. {kinds}.")


def _state(found: dict[str, Any]) -> str:
    return ", ".join(filter(None, ["✓ passed" if found["passed"] else "", "begun" if found["begun"] else ""]))
