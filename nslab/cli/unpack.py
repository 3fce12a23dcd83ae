"""nslab unpack IMAGE DIRECTORY"""

from __future__ import annotations

import click

SHOWN = 5
"""How many of the entries are told that were left out."""


@click.command(short_help="unpack an image")
@click.argument("image", type=click.Path())
@click.argument("directory", type=click.Path())
@click.option("--size-max", default="8G", show_default=True, help="The most that may be in it.")
def command(image: str, directory: str, size_max: str) -> None:
    """Unpack IMAGE (what `docker save` or `podman save` wrote, an OCI layout, or a tar) to DIRECTORY: nothing is made
    outside of it.
    """
    from nslab.cgroups.core.units import shown_size
    from nslab.container.image import unpack

    try:
        done = unpack(image, directory, size_max=size_max)
    except (ValueError, TypeError, FileExistsError, FileNotFoundError) as e:
        said = f"{e.filename}: {e.strerror}" if isinstance(e, OSError) and e.filename else str(e)
        raise click.UsageError(said) from None
    click.echo(f"Unpacked: {done.layers} layers, {done.entries} entries, {shown_size(done.size)}.")
    for path, why in done.left_out[:SHOWN]:
        click.echo(f"Left out: {path}: {why}")
    if len(done.left_out) > SHOWN:
        click.echo(f"Left out: {len(done.left_out) - SHOWN} more")
    click.echo(f"Then: nslab run {directory} {' '.join(done.config.get('Cmd') or ['/bin/sh'])}")
