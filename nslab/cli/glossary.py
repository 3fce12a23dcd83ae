"""nslab glossary"""

from __future__ import annotations

import click

from nslab.cli.output import show


@click.command(short_help="what a word means")
@click.argument("word", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(word: str | None, as_json: bool) -> None:
    """Say what WORD means, and which lesson shows it: an errno, a term or a file, such as EPERM, stand-in, memory.max.

    Without WORD it lists all.
    """
    from nslab.course.glossary import glossary

    try:
        show(glossary(word), as_json)
    except ValueError as e:
        raise click.UsageError(str(e)) from None
