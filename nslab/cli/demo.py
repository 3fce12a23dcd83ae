"""nslab demo NAME"""

from __future__ import annotations

import ast
from typing import Any

import click

from nslab.cli.output import show, unsupported
from nslab.errors import Unsupported


def _options(pairs: tuple[str, ...]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for pair in pairs:
        key, equals, text = pair.partition("=")
        if not equals or not key:
            raise click.UsageError(f"--set {pair}: write it as key=value, such as --set hostname=web-1")
        try:
            found[key] = ast.literal_eval(text)
        except (ValueError, SyntaxError):
            found[key] = text
    return found


@click.command(short_help="run a demo")
@click.argument("name")
@click.option("--only", multiple=True, metavar="PART", help="Run this part of the demo (may be given again).")
@click.option("--set", "pairs", multiple=True, metavar="KEY=VALUE", help="An option of the demo, such as hostname=web-2.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(name: str, only: tuple[str, ...], pairs: tuple[str, ...], as_json: bool) -> None:
    """Run the demo of a namespace type (uts, ipc, pid, net, mnt, user, cgroup, time), or "all".

    Exit status: 0 it holds, 1 it does not, 2 bad usage, 69 this machine cannot.
    """
    from nslab.namespaces.all import demo_all, demo_of

    options = _options(pairs)
    try:
        if name == "all":
            if only or options:
                raise click.UsageError("'all' takes neither --only nor --set")
            result: Any = demo_all()
        else:
            result = demo_of(name)(only=list(only) or None, **options)
    except Unsupported as e:
        unsupported(e, as_json)
    except (ValueError, TypeError) as e:
        raise click.UsageError(str(e)) from None
    show(result, as_json)
    raise SystemExit(0 if result.holds else 1)
