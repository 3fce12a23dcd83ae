"""nslab hierarchies"""

from __future__ import annotations

import click

from nslab.cli.output import show


@click.command(short_help="list cgroup hierarchies")
@click.argument("subsystems", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="Print JSON: every cgroup with its processes.")
def command(subsystems: tuple[str, ...], as_json: bool) -> None:
    """List the cgroup hierarchies, or draw those that have the SUBSYSTEMS: each cgroup with its tasks."""
    from nslab.cgroups import hierarchies

    found = hierarchies()
    if as_json or not subsystems:
        show(found, as_json)
        return
    try:
        click.echo(repr(found.diagram(*subsystems)))
    except KeyError as e:
        raise click.UsageError(e.args[0]) from None
