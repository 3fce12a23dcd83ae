"""nslab map"""

from __future__ import annotations

import click

from nslab.cli.output import show


@click.command(short_help="list namespaces")
@click.option("--type", "types", multiple=True, metavar="TYPE", help="Only this type (may be given again).")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(types: tuple[str, ...], as_json: bool) -> None:
    """List every namespace of this machine that can be seen, with its processes, owner and parent."""
    from nslab.lab.nsmap import ns_map

    found = ns_map()
    try:
        found = found.types(*types) if types else found
    except ValueError as e:
        raise click.UsageError(str(e)) from None
    show(found, as_json)
