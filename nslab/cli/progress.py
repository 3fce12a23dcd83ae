"""nslab progress"""

from __future__ import annotations

import click

from nslab.cli.output import show


@click.command(short_help="what is done")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--csv", "as_csv", is_flag=True, help="Print a line for each lesson, with commas between the values.")
@click.option("--reset", "forgotten", metavar="NAME", is_flag=False, flag_value="",
              help="Forget one exercise, and keep a copy of the record.")  # fmt: skip
@click.option("--all", "all_of_it", is_flag=True, help="With or without --reset: forget everything, and keep a copy.")
def command(as_json: bool, as_csv: bool, forgotten: str | None, all_of_it: bool) -> None:
    """For each lesson: guesses that were right at first, exercises that are passed, with hints and with the solution
    looked at, and minutes.
    """
    from nslab.course import progress, record
    from nslab.course.checking import exercise

    if forgotten and all_of_it:
        raise click.UsageError(f"--reset {forgotten} forgets one exercise, and --all everything: give one of them")
    if forgotten == "" and not all_of_it:
        raise click.UsageError("--reset goes with the name of an exercise, or with --all")
    if forgotten or all_of_it:
        try:
            kept = record.forget(exercise.find(forgotten).name if forgotten else record.ALL)
        except ValueError as e:
            raise click.UsageError(str(e)) from None
        except OSError as e:
            raise click.ClickException(str(e)) from None
        of_it = f" of {forgotten}" if forgotten else ""
        said = f"Forgotten. The record as it was: {kept}" if kept else f"Nothing to forget: nothing is recorded{of_it}."
        click.echo(said)
        return
    found = progress.progress()
    if as_csv:
        click.echo(found.csv(), nl=False)
    else:
        show(found, as_json)
