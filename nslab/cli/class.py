"""nslab class: a class on this machine"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from nslab.cli.output import display, reported, show


def _told(function: Callable[..., None]) -> Callable[..., None]:
    """A command that ends with a sentence where its values are not allowed, or the machine cannot."""

    @wraps(function)
    def told(*args: Any, **kwargs: Any) -> None:
        with reported():
            try:
                function(*args, **kwargs)
            except (FileNotFoundError, FileExistsError, PermissionError) as e:
                hint = "; nslab class init writes one" if isinstance(e, FileNotFoundError) else ""
                raise click.ClickException(f"{e.filename}: {e.strerror}{hint}") from None

    return told


@click.group(short_help="a class on this machine")
def command() -> None:
    """Have a class on this machine: learners open a browser, limits hold for each, and marks are root's to give."""


@command.command()
@_told
def init() -> None:
    """Write /etc/nslab/class.toml, with a comment on each setting."""
    from nslab.classroom import running

    click.echo(f"{running.init()} is written: put the learners' names there, then nslab class up")


@command.command()
@_told
def up() -> None:
    """Make it so: users, services, the hub; what is so already stays. First passwords are shown this once."""
    from nslab.classroom import running

    made = running.up()
    _passwords(made.passwords)
    for learner in made.others:
        click.echo(f"{learner} is not in class.toml, and cannot sign in: nslab class remove {learner}")
    click.echo(f"The class is open at {made.address}\nThe teacher's board is at {made.board}")


@command.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
@_told
def down(yes: bool) -> None:
    """End the class: services, users, homes with all that is in them. The marks stay."""
    from nslab.classroom import running, users

    there = len(users.learners())
    if there and not yes:
        click.confirm(f"This removes the homes of {there} learners, with their work. Go on?", abort=True)
    ended = running.down()
    click.echo(f"Ended, with {len(ended)} learners. The marks stay: nslab class marks")


@command.command()
@click.argument("learner")
@_told
def add(learner: str) -> None:
    """Have one more LEARNER, in class.toml and on the machine."""
    from nslab.classroom import running

    _passwords({learner: running.add(learner)})


@command.command()
@click.argument("learner")
@click.option("--yes", is_flag=True, help="Do not ask.")
@_told
def remove(learner: str, yes: bool) -> None:
    """Remove a LEARNER: from class.toml, the server, the user and the home. The marks stay."""
    from nslab.classroom import running

    if not yes:
        click.confirm(f"This removes the home of {learner}, with all work in it. Go on?", abort=True)
    running.unlist(learner)
    running.remove(learner)
    click.echo(f"{learner} is gone; the marks stay")


@command.command()
@click.argument("learner")
@_told
def password(learner: str) -> None:
    """Give a LEARNER another password, and show it."""
    from nslab.classroom import users

    if learner not in users.learners():
        raise ValueError(f"learner {learner!r}: no user of the class has this name")
    _passwords({learner: users.new_password(learner)})


@command.command()
@click.argument("learners", nargs=-1, metavar="[LEARNER]...")
@_told
def link(learners: tuple[str, ...]) -> None:
    """Make a link for each LEARNER, or for all, that signs in once, within a day. A new one ends the one before."""
    from nslab.classroom import places, running, telling, users
    from nslab.classroom.settings import read

    address = running.address(read(places.SETTINGS))
    for learner in learners or users.learners():
        click.echo(f"{learner}: {telling.link(learner, address)}")


@command.command()
@click.argument("text")
@_told
def say(text: str) -> None:
    """Show a line on everyone's page; "" takes it away."""
    from nslab.classroom import telling

    telling.say(text)


@command.command()
@click.argument("learner")
@click.argument("lesson")
@_told
def reset(learner: str, lesson: str) -> None:
    """Have a LESSON (02) of a LEARNER be as it came, and end the scenes of its exercises. Marks stay."""
    from nslab.classroom import telling

    copy = telling.reset(learner, lesson)
    click.echo(f"Lesson {lesson} of {learner} is as it came" + (f"; what was there is {copy}" if copy else ""))


@command.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@_told
def status(as_json: bool) -> None:
    """Show each service, and each learner with what he uses. Exit status: 0 when all services run, else 1."""
    from nslab.classroom import running

    found = running.status()
    show(found, as_json)
    raise SystemExit(0 if found.ok else 1)


@command.command()
@click.argument("learner", default="")
@click.option("--lines", type=click.IntRange(1, 100_000), default=100, show_default=True, help="How many at most.")
@click.option("--follow", is_flag=True, help="Go on with what comes.")
@_told
def logs(learner: str, lines: int, follow: bool) -> None:
    """Show what the services of the class have said, or the server of a LEARNER."""
    from nslab.classroom import running

    shown = running.log_command(learner, lines, follow)
    os.execvp(shown[0], shown)


@command.command()
@click.option("--csv", "as_csv", is_flag=True, help="Print a line for each learner and exercise, with commas.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@_told
def marks(as_csv: bool, as_json: bool) -> None:
    """Show who has passed what, and what it counts. Each line of the record is verified first."""
    from nslab.classroom.marks import marks as given

    found = given()
    if as_csv:
        click.echo(found.csv(), nl=False)
    else:
        show(found, as_json)


def _passwords(given: dict[str, str]) -> None:
    if given:
        from nslab.show import terminal

        display(terminal.table("First passwords, shown this once", ("learner", "password"), list(given.items())))
