"""`nslab talk` before it opens: the machine is looked at, everything is run once, and what it showed is kept."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nslab.lab.doctor import Check
from nslab.lab.upkeep import registry
from nslab.talks import STAGE, machine
from nslab.talks.deck import Talk
from nslab.talks.rehearsal import Run, rehearse, save

WORKSPACES = ".workspaces"
"""In the directory of a talk: what JupyterLab keeps of its pages."""
COLUMNS = ("check", "", "seen", "to mend it")
CELLS = ("cell", "", "what it said", "seconds", "slide")
_WORDS = {"ok": "✓ ok", "warn": "! look", "fail": "✗ fails"}


@dataclass(frozen=True)
class Report:
    """What was found: of the machine, and of each cell."""

    talk: Talk
    checks: tuple[Check, ...]
    runs: tuple[Run, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing was found that fails."""
        return all(c.verdict != "fail" for c in self.checks) and not any(run.error for run in self.runs)

    def __rich__(self) -> Any:
        from rich.console import Group

        from nslab.show import terminal

        titles = {cell.id: slide.title for slide in self.talk.slides for cell in slide.cells}
        checks = [(c.name, _WORDS[c.verdict], c.seen, c.mend) for c in self.checks]
        runs = [(run.cell, *_verdict(run), f"{run.seconds:.1f}", titles[run.cell]) for run in self.runs]
        seconds = sum(run.seconds for run in self.runs)
        foot = f"{seconds:.0f} s of {self.talk.seconds} s planned; what they showed is kept"
        return Group(terminal.table("The machine", COLUMNS, checks), terminal.table("The cells", CELLS, runs, foot))


def _verdict(run: Run) -> tuple[str, str]:
    if run.error:
        return _WORDS["fail"], run.error
    return (_WORDS["ok"], "") if run.holds else (_WORDS["warn"], "its claim does not hold: is the machine busy?")


def directory(name: str) -> Path:
    """Where a talk of that name is given from: a copy of its notebook, and what its cells showed last."""
    state = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local/state")
    return state / "nslab/talks" / name


def checked(
    talk: Talk, port: int, extensions: list[str], tell: Callable[[int, int], None] = lambda number, of: None
) -> Report:
    """Look at the machine, and run every cell of a talk. Changes nothing but what the cells do and undo."""
    machine_now = looks(talk, port, extensions)
    return Report(talk, machine_now, tuple(rehearse(talk, tell)))


def looks(talk: Talk, port: int, extensions: list[str]) -> tuple[Check, ...]:
    """What the machine itself says, in a second."""
    sources = [cell.source for cell in talk.code]
    kept = directory(talk.name)
    there = next(parent for parent in (kept, *kept.parents) if parent.is_dir())
    return (
        machine.battery(),
        machine.screens(),
        machine.load(*machine.measured_load()),
        machine.updates(machine.running()),
        machine.port(port),
        machine.disk([there, Path(tempfile.gettempdir())]),
        machine.clock(time.time(), [talk.path, Path(__file__)]),
        machine.compiler(sources),
        machine.cgroups(sources),
        machine.sandboxes(sources, [entry.name for entry in registry.entries()]),
        machine.extensions(extensions, STAGE / "nslab-stage"),
    )


def prepare(report: Report) -> Path:
    """Copy the talk and its pictures to where it is given from, with what its cells showed; return its notebook there.

    The notebook that it was read from stays as it is. Raises OSError.
    """
    talk = report.talk
    where = directory(talk.name)
    where.mkdir(parents=True, exist_ok=True)
    to = where / f"{talk.name}.ipynb"
    shutil.copyfile(talk.path, to)
    pictures = talk.path.parent.parent / "pictures"
    if pictures.is_dir():
        shutil.copytree(pictures, where.parent / "pictures", dirs_exist_ok=True)
    # Which notebooks JupyterLab had open: none but this one is opened.
    shutil.rmtree(where / WORKSPACES, ignore_errors=True)
    save(list(report.runs), where / f"{talk.name}.last-good.json")
    return to
