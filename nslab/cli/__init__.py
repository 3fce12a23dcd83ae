"""The command `nslab`: each subcommand has a file of its own, and is loaded when it is called."""

from __future__ import annotations

import errno
import io
import os
import sys
from importlib import import_module
from typing import Any

import click

from nslab.cli.output import unsupported
from nslab.errors import Fault, Unsupported

COMMANDS = {
    "doctor": "what this machine can do, and the command that mends what it cannot",
    "demo": "run the demo of a namespace type or a cgroup subsystem, or all",
    "lab": "start JupyterLab on the first lesson",
    "talk": "check this machine for a talk, and open it on its first slide; or list the talks",
    "exercises": "the exercises, or one of them: its task, with its scene",
    "check": "whether an exercise is done: what the kernel says",
    "hint": "a hint, from what the kernel shows now",
    "solution": "a way that passes",
    "progress": "what of the course is done",
    "glossary": "what an errno, a term or a file of the lessons is",
    "class": "a class on this machine: learners, services, marks",
    "map": "every namespace of this machine, with its processes",
    "hierarchies": "every cgroup hierarchy of this machine, with its cgroups and tasks",
    "rootfs": "make a root file system from what this machine has",
    "unpack": "unpack an image to a root file system",
    "run": "run a command in a container",
    "compare": "what two containers have, as the kernel says it",
    "ps": "the named sandboxes",
    "enter": "a shell inside a named sandbox",
    "reset": "lessons as they came, your work kept beside them; or an exercise anew",
    "log": "why a notebook's session ended: what its keeper noted",
    "clean": "remove what a killed notebook left behind",
}

FAULT = 70
"""Exit status of an error of nslab's own (sysexits.h, EX_SOFTWARE)."""
TRACEBACK = "NSLAB_TRACEBACK"
INTERRUPTED, PIPE_CLOSED = 130, 141
"""Exit statuses as of a program that SIGINT or SIGPIPE killed (128 + the signal's number)."""


class _Lazy(click.Group):
    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run, and end in silence where nobody listens any more."""
        # What a terminal that is not UTF-8 has no letter for becomes a question mark.
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(errors="replace")
        try:
            return super().main(*args, **{**kwargs, "standalone_mode": False})
        except click.Abort:
            raise SystemExit(INTERRUPTED) from None
        except click.ClickException as e:
            e.show()
            raise SystemExit(e.exit_code) from None

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            # Python writes what is left in its buffer when it ends, and would complain then.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise SystemExit(PIPE_CLOSED) from None
        except Unsupported as e:
            unsupported(e, as_json=False)
        except OSError as e:
            # The kernel says the same of its limits on namespaces and cgroups; those name the call or the file.
            if e.errno == errno.ENOSPC and e.filename is None and e.strerror == os.strerror(errno.ENOSPC):
                raise click.ClickException("there is no space left where this was to be written") from None
            from nslab.lab.power.refusals import explained

            unsupported(explained(e), as_json=False)
        except Exception as e:
            if isinstance(e, click.ClickException | click.exceptions.Exit) or os.environ.get(TRACEBACK):
                raise
            click.echo(f"{Fault(f'nslab {ctx.invoked_subcommand}', e)}   ({TRACEBACK}=1 shows all of it)", err=True)
            raise SystemExit(FAULT) from None

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        return import_module(f"nslab.cli.{name}").command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        if args[0] not in COMMANDS:
            ctx.fail(f"there is no command {args[0]!r}; choose from {', '.join(COMMANDS)}")
        return super().resolve_command(ctx, args)


@click.command(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="nslab")
def main() -> None:
    """Linux namespaces and cgroups, shown on the running kernel."""
