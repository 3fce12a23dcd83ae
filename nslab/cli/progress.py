"""nslab progress"""

from __future__ import annotations

import click

from nslab.cli.output import show


@click.command(short_help="what is done")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--csv", "as_csv", is_flag=True, help="Print a line for each lesson, with commas between the values.")
@click.option("--reset", "forgotten", metavar="NAME", help="Forget one exercise, and keep a copy of the record.")
@click.option("--all", "all_of_it", is_flag=True, help="Forget everything, and keep a copy of the record.")
def command(as_json: bool, as_csv: bool, forgotten: str | None, all_of_it: bool) -> None:
    """For each lesson: guesses that were right at first, exercises that are passed, with hints and with the solution
    looked at, and minutes.
    """
    from nslab.course import progress, record
    from nslab.course.checking import exercise

    if forgotten and all_of_it:
        raise click.UsageError(f"--reset {forgotten} forgets one exercise, and --all everything: give one of them")
    if forgotten or all_of_it:
        try:
            kept = record.forget(exercise.find(forgotten).name if forgotten else record.ALL)
        except ValueError as e:
            raise click.UsageError(str(e)) from None
        except OSError as e:
            raise click.ClickException(str(e)) from None
        click.echo(f"Forgotten. The record as it was: {kept}" if kept else "Nothing to forget: nothing is recorded.")
        return
    found = progress.progress()
    if as_csv:
        click.echo(found.csv(), nl=False)
    else:
        show(found, as_json)
