"""nslab compare A B"""

from __future__ import annotations

import click

from nslab.cli.output import show


@click.command(short_help="what two containers have")
@click.argument("who", nargs=-1, required=True, metavar="A B...")
@click.option("--all", "all_of_it", is_flag=True, help="Show what is the same, too.")
@click.option(
    "--evidence", "as_evidence", is_flag=True, help="Read two of them again, with a control; 1: it does not hold."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(who: tuple[str, ...], all_of_it: bool, as_evidence: bool, as_json: bool) -> None:
    """Compare what processes have of a container, as the kernel says it: namespaces, ids, capabilities, seccomp,
    mounts, limits, and what fifty system calls get. Each is a pid, the name of a sandbox, runc:ID, crun:ID or
    podman:NAME.
    """
    from nslab.container.compare import compare, evidence

    if as_evidence and len(who) != 2:
        raise click.UsageError(f"--evidence is of two, and {len(who)} were given")
    try:
        if as_evidence:
            seen = evidence(*who)
            show(seen, as_json)
            raise SystemExit(not seen.holds)
        found = compare(*who)
    except (ValueError, ProcessLookupError, PermissionError) as e:
        raise click.UsageError(e.strerror or str(e) if isinstance(e, OSError) else str(e)) from None
    show(found.only(not all_of_it), as_json)
