"""nslab rootfs DIRECTORY"""

from __future__ import annotations

import click


@click.command(short_help="make a root file system")
@click.argument("directory", type=click.Path())
def command(directory: str) -> None:
    """Make a root file system in DIRECTORY from what this machine has: busybox where it is installed, else its own
    programs with their libraries. It needs no network.
    """
    from nslab.container import rootfs

    try:
        of_what = rootfs.make(directory)
    except FileExistsError as e:
        raise click.UsageError(str(e)) from None
    click.echo(f"Made of {of_what}.")
    click.echo(f"Then: nslab run {directory} /bin/sh")
