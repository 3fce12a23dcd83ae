"""nslab doctor"""

from __future__ import annotations

from dataclasses import replace

import click

from nslab.cli.output import show


@click.command(short_help="check this machine")
@click.option("--json", "as_json", is_flag=True, help="Print all that was found, for whoever helps; no secrets.")
def command(as_json: bool) -> None:
    """Say what this machine can do for the course, and the command that mends what it cannot.

    Exit status: 0 when nothing that the course needs is missing, else 1.
    """
    from nslab.classroom import ready
    from nslab.lab.doctor import Check, doctor

    report, line = doctor(), ready.finding()
    if line is not None:
        report = replace(report, checks=(*report.checks, Check(*line)))
    show(report, as_json)
    raise SystemExit(0 if report.ok else 1)
