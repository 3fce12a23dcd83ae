"""nslab talk"""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

import click

from nslab.cli.lab import Port, check_home, free_port, serve


@click.command(short_help="check this machine for a talk, and open it")
@click.argument("name", required=False, metavar="[NAME | NOTEBOOK | new]")
@click.argument("more", nargs=-1, metavar="[FILE SLIDE...]")
@click.option("--port", type=Port(), default=8888, show_default=True, help="The first port to try.")
@click.option("--browser/--no-browser", default=None, help="Open a browser (by default where there is a screen).")
@click.option("--check", "only_check", is_flag=True, help="Check, and end: the status is 1 where something fails.")
@click.option(
    "--export",
    "export",
    is_flag=False,
    flag_value="",
    metavar="[FILE]",
    help="Write the slides with what their cells showed to FILE, .html or .pdf (NAME.html), and end.",
)
@click.option("--dark", is_flag=True, help="Export them light on dark.")
def command(
    name: str | None,
    more: tuple[str, ...],
    port: int,
    browser: bool | None,
    only_check: bool,
    export: str | None,
    dark: bool,
) -> None:
    """Check this machine for the talk NAME, run all its cells once, keep what they show, and open it on its first
    slide, on 127.0.0.1 alone and with a token. Without a name: list the talks.

    With --export nothing is opened: the slides go to a file that needs no machine and no network.

    `nslab talk new FILE SLIDE...` makes a talk of your own in FILE, a notebook, from slides of lessons and talks by
    name ("02/run-it"); without a file it lists their names.

    On stage: Page Down runs the slide's cell, then goes on; Page Up goes back; B is black; L shows the last good
    output; Esc stops a cell; N opens the speaker's notes.
    """
    from nslab.cli.output import display, reported
    from nslab.talks import deck

    if name is None:
        display(_list())
        return
    if name == "new":
        _new(*more)
        return
    if more:
        raise click.UsageError(
            f"{' '.join(more)}: one talk is given at a time; 'nslab talk new FILE SLIDE...' makes one"
        )
    with reported():
        try:
            talk = deck.read(deck.find(name))
        except OSError as e:
            raise click.ClickException(f"{e.filename}: {e.strerror}") from None
        file = None if export is None else _file(export or f"{talk.name}.html")
    check_home()
    report = _checked(talk, port)
    display(report)
    if file is not None:
        with reported():
            _export(report, file, "dark" if dark else "light")
        return
    if only_check:
        raise SystemExit(0 if report.ok else 1)
    _open(report, port, browser)


def _list() -> Any:
    from nslab.show import terminal
    from nslab.talks import deck

    rows = []
    for name in deck.names():
        talk = deck.read(deck.find(name))
        rows.append((name, talk.title, len(talk.slides), f"{talk.seconds // 60} min"))
    return terminal.table("Talks", ("name", "title", "slides", "planned"), rows, "nslab talk NAME checks and opens it")


def _new(file: str = "", *names: str) -> None:
    from nslab.cli.output import display, reported
    from nslab.show import terminal
    from nslab.talks import make

    if not file:
        rows = [(name, cells[0].source.split("\n")[0].lstrip("# ")) for name, cells in make.slides().items()]
        display(terminal.table("Slides", ("name", "title"), rows, "nslab talk new mine.ipynb 02/run-it 04/run-it"))
        return
    if not names:
        raise click.UsageError(f"which slides are to be in {file}? 'nslab talk new' lists their names")
    with reported():
        try:
            make.new(Path(file), names)
        except OSError as e:
            raise click.ClickException(f"{e.filename}: {e.strerror}") from None
    click.echo(f"Written: {file}. Change it in JupyterLab; then: nslab talk {file} --check")


def _file(name: str) -> Path:
    """Where an export goes. Raises ValueError for what cannot be written, before a cell has run."""
    file = Path(name)
    if file.suffix not in (".html", ".pdf"):
        raise ValueError(f"--export {name}: give a name that ends in .html or .pdf")
    if not file.parent.is_dir():
        raise ValueError(f"--export {name}: there is no directory {file.parent}")
    if file.is_dir():
        raise ValueError(f"--export {name}: that is a directory")
    return file


def _export(report: Any, file: Path, theme: str) -> None:
    import tempfile

    from nslab.talks.export import page, paper

    try:
        if file.suffix == ".html":
            page.write(report.talk, list(report.runs), file, theme)
        else:
            with tempfile.TemporaryDirectory(prefix="nslab-export-") as place:
                html = Path(place, "talk.html")
                page.write(report.talk, list(report.runs), html, theme)
                paper.write(html, file)
    except OSError as e:
        raise click.ClickException(f"{e.filename}: {e.strerror}") from None
    how = "one page for each slide" if file.suffix == ".pdf" else "Page Down turns the slides, T the theme"
    click.echo(f"Written: {file}. It needs no network; {how}.")


def _checked(talk: Any, port: int) -> Any:
    from jupyter_core.paths import jupyter_path

    from nslab.talks import check

    click.echo(f"Checking this machine, and running the {len(talk.code)} cells of {talk.name} once ...")
    return check.checked(talk, port, jupyter_path("labextensions"), _tell)


def _tell(number: int, of: int) -> None:
    click.echo(f"  cell {number} of {of}", err=True)


def _open(report: Any, port: int, browser: bool | None) -> None:
    from nslab.show.room import ROOM
    from nslab.talks import STAGE, check

    try:
        notebook: Path = check.prepare(report)
    except OSError as e:
        raise click.ClickException(f"{e.filename}: {e.strerror}") from None
    if not report.ok:
        click.echo("Something fails: what has no last good output cannot be stood for on stage.", err=True)
    # Pictures lie beside the talks' own directories, as they do beside the lessons.
    top = notebook.parent.parent
    raise SystemExit(
        serve(
            top, "127.0.0.1", free_port("127.0.0.1", port, 99), secrets.token_hex(16), browser,
            start=f"{notebook.parent.name}/{notebook.name}",
            more=[
                f"--LabApp.extra_labextensions_path={STAGE}",
                f"--LabApp.workspaces_dir={notebook.parent / check.WORKSPACES}",
            ],
            said="The talk is open at",
            environment=ROOM,
        )
    )  # fmt: skip
