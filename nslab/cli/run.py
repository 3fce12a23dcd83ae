"""nslab run ROOTFS COMMAND"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Iterator
from typing import Any

import click

from nslab.errors import Left

CHUNK = 65536
NOT_FOUND, NOT_EXECUTABLE = 127, 126
"""Exit status where the command is not there, and where it cannot be executed, as a shell's."""


def _pairs(texts: tuple[str, ...], option: str, between: str) -> dict[str, str]:
    for text in texts:
        if between not in text:
            raise click.UsageError(f"{option} {text}: give NAME{between}VALUE")
    return dict(text.split(between, 1) for text in texts)


@click.command(
    short_help="run a command in a container",
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
)
@click.argument("rootfs", type=click.Path())
@click.argument("command", nargs=-1, type=click.UNPROCESSED, metavar="[COMMAND...]")
@click.option("--hostname", help="What it is called inside.")
@click.option("--env", multiple=True, metavar="NAME=VALUE", help="A variable of its environment.")
@click.option("--workdir", help="Where it starts.")
@click.option("--user", type=int, help="The uid and gid that it runs as; 0 by default.")
@click.option("--volume", multiple=True, metavar="SOURCE:PATH[:ro]", help="A file or directory of this machine.")
@click.option("--network", "--net", type=click.Choice(["none", "veth", "host"]),
              help="A network of its own, without (none) or with a way out (veth), or this machine's.")  # fmt: skip
@click.option("--keep", is_flag=True, help="Write to ROOTFS itself.")
@click.option("--readonly", is_flag=True, help="Write nowhere but to what is mounted.")
@click.option("--init", is_flag=True, help="Have an init that reaps, and hands signals on.")
@click.option("--cap", "capabilities", multiple=True, help="A capability that it has; without any: Docker's fourteen.")
@click.option("--no-seccomp", is_flag=True, help="No filter of system calls.")
@click.option("--memory-max", help="Most memory, such as 64M.")
@click.option("--quota", type=float, help="Most CPU time, in percent of one CPU.")
@click.option("--pids-max", type=int, help="Most processes and threads.")
def command(rootfs: str, command: tuple[str, ...], env: tuple[str, ...], volume: tuple[str, ...], no_seccomp: bool,
            capabilities: tuple[str, ...], **given: Any) -> None:  # fmt: skip
    """Run COMMAND (/bin/sh without one) in a container whose root is ROOTFS; nothing of it is left afterwards.

    A ROOTFS that has a config.json is a bundle (OCI), and says itself what is run, and how: then no option is given.

    Exit status: that of the command, 128 and the number of the signal that ended it, 127 where it is not there, 126
    where it cannot be executed, 2 for values that are not allowed.
    """
    from nslab.container import bundle
    from nslab.container.container import Container

    options = {name: value for name, value in given.items() if value is not None and value is not False}
    if capabilities:
        options["capabilities"] = [] if capabilities == ("none",) else list(capabilities)
    try:
        if os.path.exists(os.path.join(rootfs, bundle.CONFIG)):
            raise SystemExit(_run(*_bundle(rootfs, command, bool(options or env or volume or no_seccomp))))
        container = Container(rootfs, env=_pairs(env, "--env", "="), volumes=_pairs(volume, "--volume", ":"),
                              seccomp=not no_seccomp, **options)  # fmt: skip
        raise SystemExit(_run(container, list(command) or ["/bin/sh"]))
    except (ValueError, TypeError, OSError) as e:
        if isinstance(e, OSError) and e.filename:
            click.echo(f"nslab run: {e.filename}: {e.strerror}", err=True)
            raise SystemExit(NOT_FOUND if isinstance(e, FileNotFoundError) else NOT_EXECUTABLE) from None
        if isinstance(e, OSError) and not isinstance(e, FileNotFoundError | NotADirectoryError):
            raise
        raise click.UsageError(str(e)) from None


def _bundle(directory: str, command: tuple[str, ...], more: bool) -> tuple[Any, list[str]]:
    from nslab.container import bundle

    if command or more:
        raise click.UsageError(f"{directory} is a bundle: its {bundle.CONFIG} says what is run, and how")
    found = bundle.read(directory)
    return found.container, found.args


def _run(container: Any, args: list[str]) -> int:
    from nslab.lab.client import terminal

    if not terminal.there():
        with _stdin() as stdin:
            return _status(container, args, stream=True, **stdin)
    outer, inner = terminal.opened()
    try:
        with container.start(args, stream=False, terminal=os.ttyname(inner)) as child:
            os.close(inner)
            inner = -1
            terminal.relay(outer, child.pid)
            return _ended(child)
    finally:
        for fd in (outer, inner):
            if fd != -1:
                os.close(fd)


@contextlib.contextmanager
def _stdin() -> Iterator[dict[str, str]]:
    """What it reads: a pipe with a name, since it may not open what this process has open from its user namespace."""
    from nslab.lab.client.host import host
    from nslab.lab.upkeep import registry
    from nslab.linux import files, nodes

    if sys.stdin is None:
        yield {}
        return
    # In the session's directory, which is removed with it, also after a kill -9.
    directory = registry.directory() / host().session
    directory.mkdir(mode=0o700, exist_ok=True)
    pipe = str(directory / "stdin")
    nodes.mkfifo(pipe)
    threading.Thread(target=_copy, args=(pipe,), name="nslab stdin", daemon=True).start()
    try:
        yield {"stdin": pipe}
    finally:
        files.unlink(pipe)


def _copy(pipe: str) -> None:
    # It has ended, and reads no more.
    with contextlib.suppress(BrokenPipeError), open(pipe, "wb", buffering=0) as to:
        while data := os.read(0, CHUNK):
            to.write(data)


def _status(container: Any, args: list[str], **how: Any) -> int:
    with container.start(args, **how) as child:
        return _ended(child)


def _ended(child: Any) -> int:
    """The exit status. Raises OSError where the command could not be started."""
    # A program that has taken its place returns no value.
    with contextlib.suppress(Left):
        child.result()
    status: int = child.wait()
    return status if status >= 0 else 128 - status
