"""nslab check NAME [ANSWER]"""

from __future__ import annotations

import click

from nslab.cli.output import UNSUPPORTED, reported, show


@click.command(short_help="whether it is done", context_settings={"ignore_unknown_options": True})
@click.argument("name")
@click.argument("answer", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(name: str, answer: str | None, as_json: bool) -> None:
    """Ask the kernel whether the exercise NAME is done, and say what was looked at, wanted and found.

    ANSWER is for exercises that ask for one. Exit status: 0 when it is passed, 1 when it is not (yet), 2 for values
    that are not allowed, 69 where it cannot be checked here.
    """
    from nslab.course.checking import checker
    from nslab.course.checking.outcome import Status

    with reported(as_json):
        outcome = checker.check(name, answer)
    show(outcome, as_json)
    raise SystemExit({Status.PASSED: 0, Status.UNCHECKED: UNSUPPORTED}.get(outcome.status, 1))
