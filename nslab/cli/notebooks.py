"""The directory with the lessons, as the commands that need it are told it."""

from __future__ import annotations

from pathlib import Path

import click

START = "00-start-here.ipynb"

notebooks_option = click.option(
    "--notebooks",
    type=click.Path(file_okay=False, path_type=Path),
    envvar="NSLAB_NOTEBOOKS",
    default=Path(__file__).resolve().parents[2] / "notebooks",
    help="The directory with the lessons (by default $NSLAB_NOTEBOOKS, else the one beside the package).",
)


def checked_notebooks(directory: Path) -> None:
    """Raise click.ClickException where the lessons are not in a directory."""
    if not (directory / START).is_file():
        raise click.ClickException(
            f"there is no {directory / START}. The notebooks come with the repository: "
            "clone it and run 'make lab' there, or name their directory with --notebooks"
        )
