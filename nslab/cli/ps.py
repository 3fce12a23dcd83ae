"""nslab ps"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from nslab.lab.upkeep.registry import Entry

HOW = "No named sandboxes. Make one in Python: nslab.Sandbox(uts=True, name='web')"
COLUMNS = ("name", "pid", "own namespaces", "processes", "up")


@click.command(short_help="list sandboxes")
@click.option("--json", "as_json", is_flag=True, help="Print JSON: seconds since the start, inode of each namespace.")
def command(as_json: bool) -> None:
    """List the named sandboxes: what they hold, how many processes are in them, since when."""
    import contextlib
    import json

    from nslab.cli.output import display
    from nslab.lab.upkeep import registry

    found: list[dict[str, Any]] = []
    for entry in registry.entries():
        # One that has ended since it was listed is none any more.
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            found.append(_told(entry))
    if as_json:
        click.echo(json.dumps(found, indent=1))
        return
    if not found:
        click.echo(HOW)
        return
    from nslab.show import terminal

    rows = [(f["name"], f["pid"], f["holds"], f["processes"], _ago(f["seconds"])) for f in found]
    display(terminal.table("", COLUMNS, rows, "nslab enter NAME opens a shell inside"))


def _told(entry: Entry) -> dict[str, Any]:
    import time

    from nslab.linux import process

    return {
        "name": entry.name,
        "pid": entry.pid,
        "holds": list(entry.holds),
        "processes": 1 + len(process.descendants(entry.pid)),
        "seconds": round(time.clock_gettime(time.CLOCK_BOOTTIME) - entry.started, 2),
        "ns": entry.ns,
    }


def _ago(seconds: float) -> str:
    minutes, seconds = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {seconds} s" if minutes else f"{seconds} s"
