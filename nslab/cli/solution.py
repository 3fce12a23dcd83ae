"""nslab solution NAME"""

from __future__ import annotations

import click

from nslab.cli.output import reported, show


@click.command(short_help="a way that passes")
@click.argument("name")
@click.option("--form", help="sh for a shell, py for Python, c for C, where there is one.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(name: str, form: str | None, as_json: bool) -> None:
    """Print a way to do the exercise NAME that passes. The record notes that you looked."""
    from nslab.course.checking import checker

    with reported(as_json):
        found = checker.solution(name, form)
    if as_json:
        show(found, as_json=True)
    else:
        click.echo(found.program.rstrip("\n"))
