"""nslab log"""

from __future__ import annotations

import click


@click.command(short_help="why a session ended")
@click.argument("session", required=False)
@click.option("--list", "as_list", is_flag=True, help="List the sessions that there is a log of.")
def command(session: str | None, as_list: bool) -> None:
    """Print what the running sessions and the last one that has ended tell of themselves.

    A session is a notebook, or another Python that uses nslab: its keeper notes what started, why it ended, and what
    was removed then. SESSION is the beginning of a name from --list. The logs of the last 20 are kept, until the
    machine restarts.
    """
    from nslab.lab.upkeep import log
    from nslab.show.printable import printable

    running, ended = log.running(), log.saved()
    every = [("runs", *each) for each in running] + [("has ended", *each) for each in ended]
    if not every:
        click.echo("No session has left a log yet.")
        return
    if as_list:
        for state, name, text in every:
            click.echo(f"{printable(name)}  {state}  {printable(log.last(text))}")
        return
    chosen = every[: len(running) + 1]
    if session is not None:
        chosen = [each for each in every if each[1].startswith(session)]
        if not chosen:
            raise click.UsageError(f"there is no log of a session {session!r}: nslab log --list names those that are")
    for state, name, text in chosen:
        click.echo(f"{printable(name)}, which {state}:")
        for line in text.splitlines():
            click.echo(f"  {printable(line)}")
