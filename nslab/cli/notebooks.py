"""The directory with the lessons, as the commands that need it are told it."""

from __future__ import annotations

from pathlib import Path

import click

START = "00-start-here.ipynb"


def _default() -> Path:
    """The lessons of a clone; those of a wheel are copied to a folder of the learner's own."""
    from nslab.course import lessons

    if lessons.CLONE.is_dir():
        return lessons.CLONE
    try:
        return Path.home() / "nslab"
    except RuntimeError:
        return Path("nslab").resolve()


notebooks_option = click.option(
    "--notebooks",
    type=click.Path(file_okay=False, path_type=Path),
    envvar="NSLAB_NOTEBOOKS",
    default=_default,
    help="The directory with the lessons: by default $NSLAB_NOTEBOOKS, else that of the clone, else ~/nslab.",
)


def checked_notebooks(directory: Path) -> None:
    """Raise click.ClickException where the lessons are not in a directory."""
    if not (directory / START).is_file():
        raise click.ClickException(
            f"there is no {directory / START}. Where nslab was installed by pip, 'nslab lab' brings the lessons; "
            "in a clone run 'make lab'; or name their directory with --notebooks"
        )


def bring_notebooks(directory: Path) -> None:
    """See to it that the lessons are in a learner's own directory, and say so when they were brought.

    Raises click.ClickException where they cannot be.
    """
    from nslab.course import lessons

    came = lessons.installed()
    if came is None or came == lessons.CLONE or (directory.exists() and came.samefile(directory)):
        return checked_notebooks(directory)
    try:
        new = lessons.bring(directory)
    except (OSError, ValueError) as e:
        raise click.ClickException(
            f"the lessons cannot be copied to {directory}: {e}. Name a directory of yours with --notebooks"
        ) from None
    count = sum(map(lessons.is_lesson, new))
    if count:
        click.echo(f"The lessons are in {directory} ({count} came now); what you write there stays.")
    return None
