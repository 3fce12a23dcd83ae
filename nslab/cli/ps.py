"""nslab ps"""

from __future__ import annotations

import json
from dataclasses import asdict

import click

HOW = "No named sandboxes. Make one in Python: nslab.Sandbox(uts=True, name='web')"


@click.command(short_help="list sandboxes")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(as_json: bool) -> None:
    """List the named sandboxes: what they hold, how many processes are in them, since when."""
    import time

    from nslab.lab import state
    from nslab.linux import process

    entries = state.entries()
    if as_json:
        click.echo(json.dumps([asdict(e) for e in entries], indent=1))
        return
    if not entries:
        click.echo(HOW)
        return
    from rich.console import Console

    from nslab.show import terminal

    now = time.clock_gettime(time.CLOCK_BOOTTIME)
    rows = [
        (e.name, e.pid, " ".join(e.holds), 1 + len(process.descendants(e.pid)), f"{now - e.started:.0f} s")
        for e in entries
    ]
    Console().print(terminal.table("", ("name", "pid", "own namespaces", "processes", "up"), rows, "nslab enter NAME opens a shell inside"))
