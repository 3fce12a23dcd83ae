"""nslab ps"""

from __future__ import annotations

from typing import Any

import click

HOW = "No named sandboxes. Make one in Python: nslab.Sandbox(uts=True, name='web')"
COLUMNS = ("name", "pid", "own namespaces", "processes", "up")


@click.command(short_help="list sandboxes")
@click.option("--json", "as_json", is_flag=True, help="Print JSON: seconds since the start, inode of each namespace.")
def command(as_json: bool) -> None:
    """List the named sandboxes: what they hold, how many processes are in them, since when."""
    import json
    import time

    from nslab.cli.output import display
    from nslab.lab.upkeep import registry
    from nslab.linux import process

    now = time.clock_gettime(time.CLOCK_BOOTTIME)
    found: list[dict[str, Any]] = [
        {
            "name": entry.name,
            "pid": entry.pid,
            "holds": list(entry.holds),
            "processes": 1 + len(process.descendants(entry.pid)),
            "seconds": round(now - entry.started, 2),
            "ns": entry.ns,
        }
        for entry in registry.entries()
    ]
    if as_json:
        click.echo(json.dumps(found, indent=1))
        return
    if not found:
        click.echo(HOW)
        return
    from nslab.show import terminal

    rows = [(f["name"], f["pid"], f["holds"], f["processes"], _ago(f["seconds"])) for f in found]
    display(terminal.table("", COLUMNS, rows, "nslab enter NAME opens a shell inside"))


def _ago(seconds: float) -> str:
    minutes, seconds = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {seconds} s" if minutes else f"{seconds} s"
