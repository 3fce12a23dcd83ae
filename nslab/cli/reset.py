"""nslab reset"""

from __future__ import annotations

from pathlib import Path

import click

from nslab.cli.notebooks import checked_notebooks, notebooks_option


@click.command(short_help="lessons as they came, or an exercise anew")
@click.argument("names", nargs=-1, metavar="[LESSON... | EXERCISE]")
@notebooks_option
@click.option("--seed", type=int, help="For an exercise: other names and numbers.")
@click.option("--json", "as_json", is_flag=True, help="For an exercise: print JSON.")
def command(names: tuple[str, ...], notebooks: Path, seed: int | None, as_json: bool) -> None:
    """Restore the lessons that were changed, all or those named ("05", or "05-net"), as they came; or end the scene of
    an EXERCISE and make it anew.

    What is there now of a lesson is copied first, into a directory my-work-DATE-TIME beside them. Notebooks of your own
    are left alone.
    """
    from nslab.course.checking import exercise

    if len(names) == 1 and names[0] in exercise.names():
        _exercise(names[0], seed, as_json)
    elif seed is not None or as_json:
        raise click.UsageError(
            f"--seed and --json go with the name of one exercise, not with {' '.join(names) or 'none'}"
        )
    else:
        _lessons(names, notebooks)


def _exercise(name: str, seed: int | None, as_json: bool) -> None:
    from nslab.cli.output import reported, show
    from nslab.course.checking import checker

    with reported(as_json):
        show(checker.reset(name, seed), as_json)


def _lessons(names: tuple[str, ...], notebooks: Path) -> None:
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
    there = ", ".join(Path(name).stem for name in known)
    raise click.UsageError(f"no lesson is called {text!r}; choose from {there}; `nslab exercises` lists the exercises")
