"""nslab hint NAME [ANSWER]"""

from __future__ import annotations

import click

from nslab.cli.output import reported, show


@click.command(short_help="a hint", context_settings={"ignore_unknown_options": True})
@click.argument("name")
@click.argument("answer", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(name: str, answer: str | None, as_json: bool) -> None:
    """Say what might help with the exercise NAME, from what the kernel shows now: a little more each time."""
    from nslab.course.checking import checker

    with reported(as_json):
        show(checker.hint(name, answer), as_json)
