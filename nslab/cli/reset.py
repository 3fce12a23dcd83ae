"""nslab reset"""

from __future__ import annotations

from pathlib import Path

import click

from nslab.cli.notebooks import checked_notebooks, notebooks_option


@click.command(short_help="the lessons as they came")
@click.argument("names", nargs=-1, metavar="[LESSON...]")
@notebooks_option
def command(names: tuple[str, ...], notebooks: Path) -> None:
    """Restore the lessons that were changed, all or those named ("05", or "05-net"), as they came.

    What is there now is copied first, into a directory my-work-DATE-TIME beside them. Notebooks of your own are left
    alone.
    """
    from nslab.course import lessons

    if not notebooks.is_dir():
        checked_notebooks(notebooks)
    try:
        originals = lessons.originals(notebooks)
        if not any((notebooks / name).exists() for name in originals):
            checked_notebooks(notebooks)
        known = sorted(filter(lessons.is_lesson, originals))
        named = [lessons.with_pictures(_lesson(name, known), originals) for name in names]
        wanted = set().union(*named) or set(originals)
        changed = [name for name in lessons.changed(notebooks, originals) if name in wanted]
        if not changed:
            click.echo("Nothing to restore: the lessons are as they came.")
            return
        kept = lessons.reset(notebooks, originals, changed)
    except OSError as e:
        raise click.ClickException(str(e) if e.filename is None else f"{e.filename}: {e.strerror}") from None
    click.echo(f"Restored: {', '.join(Path(name).stem for name in changed)}")
    if kept:
        click.echo(f"Your work is in {kept}")
        click.echo('A lesson that is open in JupyterLab: choose "Reload Notebook from Disk" in its File menu.')


def _lesson(text: str, known: list[str]) -> str:
    """The lesson that somebody means by "5", "05", "05-net" or "notebooks/05-net.ipynb"."""
    stem = Path(text).name.removesuffix(".ipynb")
    for name in known:
        if stem in (Path(name).stem, name[:2]) or (stem.isdecimal() and f"{int(stem):02}" == name[:2]):
            return name
    raise click.UsageError(f"no lesson is called {text!r}; choose from {', '.join(Path(n).stem for n in known)}")
