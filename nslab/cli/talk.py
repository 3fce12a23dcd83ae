"""nslab talk"""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

import click

from nslab.cli.lab import Port, check_home, free_port, serve


@click.command(short_help="check this machine for a talk, and open it")
@click.argument("name", required=False, metavar="[NAME | NOTEBOOK]")
@click.option("--port", type=Port(), default=8888, show_default=True, help="The first port to try.")
@click.option("--browser/--no-browser", default=None, help="Open a browser (by default where there is a screen).")
@click.option("--check", "only_check", is_flag=True, help="Check, and end: the status is 1 where something fails.")
def command(name: str | None, port: int, browser: bool | None, only_check: bool) -> None:
    """Check this machine for the talk NAME, run all its cells once, keep what they show, and open it on its first
    slide, on 127.0.0.1 alone and with a token. Without a name: list the talks.

    On stage: Page Down runs the slide's cell, then goes on; Page Up goes back; B is black; L shows the last good
    output; Esc stops a cell; N opens the speaker's notes.
    """
    from nslab.cli.output import display, reported
    from nslab.talks import deck

    if name is None:
        display(_list())
        return
    with reported():
        try:
            talk = deck.read(deck.find(name))
        except OSError as e:
            raise click.ClickException(f"{e.filename}: {e.strerror}") from None
    check_home()
    report = _checked(talk, port)
    display(report)
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


def _checked(talk: Any, port: int) -> Any:
    from jupyter_core.paths import jupyter_path

    from nslab.talks import check

    click.echo(f"Checking this machine, and running the {len(talk.code)} cells of {talk.name} once ...")
    return check.checked(talk, port, jupyter_path("labextensions"), _tell)


def _tell(number: int, of: int) -> None:
    click.echo(f"  cell {number} of {of}", err=True)


def _open(report: Any, port: int, browser: bool | None) -> None:
    from nslab.talks import check

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
                f"--LabApp.extra_labextensions_path={check.STAGE}",
                f"--LabApp.workspaces_dir={notebook.parent / check.WORKSPACES}",
            ],
            said="The talk is open at",
        )
    )  # fmt: skip
