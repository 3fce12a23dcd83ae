"""nslab demo NAME"""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Callable
from typing import Any

import click

from nslab.cli.output import UNSUPPORTED, show, unsupported
from nslab.errors import Unsupported


def _options(pairs: tuple[str, ...]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for pair in pairs:
        key, equals, text = pair.partition("=")
        if not equals or not key:
            raise click.UsageError(f"--set {pair}: write it as key=value, such as --set hostname=web-1")
        try:
            found[key] = ast.literal_eval(text)
        except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
            found[key] = text
    return found


def _demo(name: str, options: dict[str, Any]) -> Callable[..., Any]:
    """The demo of that name, for which the options exist."""
    from nslab.course.demos import ROOMS, demo_of

    try:
        demo = demo_of(name)
    except ValueError as e:
        raise click.UsageError(f"{e}; or several: {', '.join(ROOMS)}, all") from None
    known = [option for option in inspect.signature(demo).parameters if option not in ("only", "on")]
    for option in options:
        if option not in known:
            choice = f"choose one of {', '.join(known)}" if known else "this demo has no options"
            raise click.UsageError(f"--set {option}=…: there is no such option; {choice}")
    return demo


def _is_usage(error: Exception, name: str, options: dict[str, Any], only: tuple[str, ...]) -> bool:
    """Whether an error is of a value that was given here: those name it first, as in "port=80: give …"."""
    from nslab.experiment.run import INSIDE

    given = [*options, *(["only"] if only else [])]
    inside = any(note.startswith(INSIDE) for note in getattr(error, "__notes__", ()))
    return not inside and str(error).startswith(tuple(given)) and bool(given)


def _tell(name: str) -> None:
    click.echo(f"{name} …", err=True)


class Demo(click.Command):
    """A command whose help names every demo: asked for when it is shown, since the catalogue takes a while to load."""

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        self.help = help_text()
        super().format_help_text(ctx, formatter)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Names"):
            formatter.write_dl(names())
        super().format_options(ctx, formatter)


def names() -> list[tuple[str, str]]:
    """Each name with what it is about, in the order of the course."""
    from nslab import cgroups, namespaces, security
    from nslab.container import subjects

    return [
        *((about.name, about.isolates) for about in namespaces.ABOUT.values()),
        *((about.name, about.does) for about in cgroups.ABOUT.values()),
        *((about.name, about.does) for about in security.ABOUT.values()),
        *((about.name, about.does) for about in subjects.ABOUT.values()),
    ]


def help_text() -> str:
    """What `nslab demo --help` says, with the names of all demos."""
    from nslab import security
    from nslab.cgroups import DEMOS, SUBSYSTEMS
    from nslab.container import subjects
    from nslab.namespaces import TYPES

    others = ", or ".join([*(name for name in DEMOS if name not in SUBSYSTEMS), *security.DEMOS, *subjects.DEMOS])
    return f"""Run one demo, or those of all "namespaces", of all "cgroups", of "security", of "container", or "all".

    NAME is a namespace type ({", ".join(TYPES)}), a cgroup subsystem ({", ".join(SUBSYSTEMS)}), {others}.

    Exit status: 0 it holds, 1 it does not, 2 bad usage, 69 this machine cannot.
    """


@click.command(short_help="run a demo", cls=Demo)
@click.argument("name")
@click.option("--only", multiple=True, metavar="PART", help="Run this part of the demo (may be given again).")
@click.option(
    "--set",
    "pairs",
    multiple=True,
    metavar="KEY=VALUE",
    help="""An option of the demo, such as hostname=web-2 or 'weights={"cgrp1": 60, "cgrp2": 20}'.""",
)
@click.option(
    "--on",
    type=click.Choice(["v1", "v2", "sudo", "auto"]),
    help="Run it in a second kernel (user-mode Linux) with that version of cgroups; auto: what cannot be run here. "
    "sudo: have root run it on this kernel.",
)
@click.option("--sudo", is_flag=True, help="The same as --on sudo. NSLAB_SUDO=1 does so for what cannot be run here.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(
    name: str, only: tuple[str, ...], pairs: tuple[str, ...], on: str | None, sudo: bool, as_json: bool
) -> None:
    from nslab.course.demos import ROOMS, demo_all
    from nslab.experiment.evidence import Evidence

    options = _options(pairs)
    if sudo and on not in (None, "sudo"):
        raise click.UsageError(f"--sudo and --on {on}: choose one of them")
    on = "sudo" if sudo else on
    try:
        if name == "all" or name in ROOMS:
            if only or options or on:
                way = ": set NSLAB_SUDO=1 for what asks for root" if on == "sudo" else ""
                raise click.UsageError(f"'{name}' takes neither --only nor --set nor --on{way}")
            rooms = [name] if name in ROOMS else []
            result: Any = demo_all(*rooms, progress=_tell if sys.stderr.isatty() else None)
            possible = any(isinstance(each, Evidence) for each in result.results.values())
        else:
            result, possible = _demo(name, options)(only=list(only) or None, on=on, **options), True
    except Unsupported as e:
        unsupported(e, as_json)
    except (ValueError, TypeError) as e:
        if not _is_usage(e, name, options, only):
            raise
        raise click.UsageError(str(e)) from None
    except OSError as e:
        from nslab.lab.power.refusals import explained

        unsupported(explained(e, f"the demo of {name}"), as_json)
    show(result, as_json)
    raise SystemExit(UNSUPPORTED if not possible else 0 if result.holds else 1)
