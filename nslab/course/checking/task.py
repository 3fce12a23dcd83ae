"""`nslab.exercise(name)`: what a notebook or a script holds of an exercise.

Each verb is done by a process of its own (`nslab check NAME --json` and its like, the very commands of a terminal), so
that no variable, cell or module of the learner's process can take part in the answer.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

from nslab.course.checking import checker, scenes
from nslab.course.checking import exercise as exercises
from nslab.course.checking.checker import Hint, Shown, Solution
from nslab.course.checking.outcome import Outcome
from nslab.errors import Unsupported
from nslab.lab.client import outside
from nslab.lab.client.place import Completed

PATIENCE = 60.0
"""Seconds within which a verb is done; a check takes half a second, one that measures three."""
_BAD_INPUT = 2
"""Exit status for values that are not allowed (click)."""


class Task:
    """One exercise. As the last line of a cell it shows itself, with a button for each verb."""

    def __init__(self, name: str) -> None:
        self.name = exercises.find(name).name
        self._card: Any = None

    @property
    def shown(self) -> Shown:
        """The task as it stands now: its text, what is given, whether it is begun and was passed."""
        return checker.shown(self.name)

    @property
    def values(self) -> dict[str, str | int | float]:
        """The names, numbers and limits of this learner's task."""
        return exercises.find(self.name).drawn(self.shown.seed)

    def begin(self, seed: int | None = None) -> Task:
        """Make the scene, or find it where it is there already; return this task.

        Raises ValueError for a seed that is none, `nslab.Unsupported` where this machine or this user cannot.
        """
        _ask("exercises", self.name, options=_seed(seed))
        return self

    def check(self, answer: str | float | None = None) -> Outcome:
        """Ask the kernel whether the task is done. `answer` is for tasks that ask for one.

        Raises TypeError and ValueError for answers that are none, or are not asked for.
        """
        return Outcome.from_dict(_ask("check", self.name, *_given(answer)))

    def hint(self, answer: str | float | None = None) -> Hint:
        """A hint from what the kernel shows now, a little more each time."""
        return Hint.from_dict(_ask("hint", self.name, *_given(answer)))

    def solution(self, form: str | None = None) -> Solution:
        """A way that passes, "sh" for a shell, "py" for Python, "c" for C; the record notes that it was looked at."""
        return Solution.from_dict(_ask("solution", self.name, options=[] if form is None else ["--form", str(form)]))

    def reset(self, seed: int | None = None) -> Task:
        """End the scene and make it anew; return this task. Raises as begin() does."""
        _ask("reset", self.name, options=_seed(seed))
        return self

    def close(self) -> None:
        """End the scene: what it was made of is gone. The record stays."""
        _ask("exercises", self.name, options=["--end"])

    def run(self, role: str, command: str) -> Completed:
        """Run a shell command in a sandbox of the scene, as `nslab enter` does. Raises ValueError for another role."""
        held = scenes.find(self.name)
        there = {key: each.name for key, each in held.scene.members.items() if each.name} if held else {}
        if role not in there:
            raise ValueError(f"role={role!r}: choose one of {', '.join(there) or 'none: begin() makes the scene'}")
        enter = [sys.executable, "-P", "-m", "nslab", "enter", there[role], "/bin/sh", "-c", command]
        done = subprocess.run(enter, capture_output=True, text=True, stdin=subprocess.DEVNULL, env=_environment())
        return Completed(done.stdout, done.stderr, done.returncode)

    def __rich__(self) -> Any:
        return self.shown.__rich__()

    def __repr__(self) -> str:
        from nslab.show import terminal

        return terminal.text(self.__rich__())

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        from nslab.show import cell
        from nslab.show import exercise as show

        text, still = repr(self), show.task_as_html(self.shown.to_dict())
        if cell.running() is None:
            return {"text/plain": text, "text/html": still}
        from nslab.course.checking import card
        from nslab.show.live import view

        if self._card is None:
            self._card = card.Card(self)
        return view.bundle(self._card.view, text, still)


def exercise(name: str) -> Task:
    """One of the exercises: `.begin()`, `.check()`, `.hint()`, `.solution()`, `.reset()`.

    `nslab exercises` in a terminal lists them. The scene is made by begin(), or by the card's button, so that a
    notebook whose cells are all run makes none. Raises ValueError with the nearest names, TypeError.
    """
    return Task(name)


def _ask(verb: str, *words: str, options: Sequence[str] = ()) -> dict[str, Any]:
    """What a command of nslab's prints as JSON. Raises what it reports."""
    # What follows "--" is no option, whatever a learner answers.
    command = [sys.executable, "-P", "-m", "nslab", verb, "--json", *options, "--", *words]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, stdin=subprocess.DEVNULL,
                              env=_environment(), pass_fds=outside.inherited())  # fmt: skip
    except subprocess.TimeoutExpired:
        told_by = f"in a terminal `nslab {verb} {words[0]}` shows how far it gets"
        raise RuntimeError(f"nslab {verb} was not done within {PATIENCE:.0f} s; {told_by}") from None
    if done.returncode == _BAD_INPUT:
        raise ValueError(done.stderr.strip().splitlines()[-1].removeprefix("Error: "))
    try:
        told: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        said = (done.stderr or done.stdout).strip()
        raise RuntimeError(said.removeprefix("Error: ") or f"nslab {verb} ended with {done.returncode}") from None
    if "unsupported" in told:
        raise Unsupported(told["unsupported"], told["why"], told["mend"])
    return told


def _environment() -> dict[str, str]:
    """With this very nslab to be imported, and the scenes bound to who started this process: its kernel's server."""
    return {**os.environ, "PYTHONPATH": scenes.search_path(), outside.ANCHOR: str(scenes.anchor())}


def _seed(seed: int | None) -> list[str]:
    return [] if seed is None else ["--seed", str(seed)]


def _given(answer: object) -> list[str]:
    if answer is None:
        return []
    if isinstance(answer, bool) or not isinstance(answer, str | int | float):
        raise TypeError(f"answer={answer!r}: give a string or a number")
    return [str(answer)]
