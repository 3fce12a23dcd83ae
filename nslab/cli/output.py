"""Print what a command found: by rich for people, as JSON for programs."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Iterator
from typing import Any

import click

from nslab.errors import Unsupported

UNSUPPORTED = 69
"""Exit status for what this machine cannot do (sysexits.h, EX_UNAVAILABLE)."""


def show(thing: Any, as_json: bool) -> None:
    """Print an object that has `to_dict()` and a rich form."""
    if as_json:
        click.echo(json.dumps(thing.to_dict(), indent=1))
    else:
        display(thing)


def display(renderable: Any) -> None:
    """Print what rich can render, as wide as the terminal is."""
    from rich.console import Console

    console = Console()
    with console.capture() as text:
        # A path that is wider than the terminal is written on: who copies it wants all of it.
        console.print(renderable, crop=False)
    # A terminal that is not UTF-8 gets a question mark for what it has no letter for.
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    click.echo(text.get().encode(encoding, "replace").decode(encoding), nl=False)


def unsupported(error: Any, as_json: bool) -> None:
    """Print an Unsupported and end with status 69."""
    if as_json:
        click.echo(json.dumps(error.to_dict(), indent=1))
    else:
        click.echo(str(error), err=True)
    raise SystemExit(UNSUPPORTED)


@contextlib.contextmanager
def reported(as_json: bool = False) -> Iterator[None]:
    """End the command with what went wrong: 2 for values that are not allowed, 69 for what this machine cannot do.

    Inside a sandbox, have it done by whoever opened this shell, and end with that status.
    """
    from nslab.lab.client import outside

    status = outside.ask(sys.argv[1:])
    if status is not None:
        raise SystemExit(status)
    try:
        yield
    except (TypeError, ValueError) as e:
        raise click.UsageError(str(e)) from None
    except Unsupported as e:
        unsupported(e, as_json)
    except RuntimeError as e:
        raise click.ClickException(str(e)) from None
