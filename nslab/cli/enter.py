"""nslab enter NAME [COMMAND]"""

from __future__ import annotations

import click


@click.command(
    short_help="a shell inside", context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False}
)
@click.argument("name")
@click.argument("argv", nargs=-1, type=click.UNPROCESSED, metavar="[COMMAND...]")
def command(name: str, argv: tuple[str, ...]) -> None:
    """Open a shell, or run COMMAND, inside the sandbox NAME: in all its namespaces.

    Exit status: that of the shell or the command; 2 when there is no such sandbox.
    """
    from nslab.lab.client.enter import enter
    from nslab.lab.upkeep import registry

    entries = registry.named()
    if name not in entries:
        there = (
            f"there are: {', '.join(entries)}"
            if entries
            else f"there are none; nslab.Sandbox(uts=True, name={name!r}) makes it"
        )
        raise click.UsageError(f"no sandbox is called {name!r}; {there}")
    # "--" between the name and the command, as other programs have it.
    rest = list(argv[1:] if argv[:1] == ("--",) else argv)
    raise SystemExit(enter(entries[name].pid, name, rest or None))
