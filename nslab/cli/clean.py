"""nslab clean"""

from __future__ import annotations

import click


@click.command(short_help="remove what was left")
def command() -> None:
    """Remove what sessions left behind whose kernel and fork server were killed. The living are left alone."""
    from nslab.lab.server.keeper import clean

    killed, closed, removed = clean()
    if not killed and not closed and not removed:
        click.echo("Nothing was left behind.")
        return
    click.echo(
        f"Ended {len(killed)} process(es), removed {len(removed)} cgroup(s) and cleared {len(closed)} session(s) "
        "that had no keeper any more."
    )
