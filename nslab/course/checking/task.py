"""`nslab.exercise(name)`: what a notebook or a script holds of an exercise.

Each verb is done by a process of its own (`nslab check NAME --json` and its like, the very commands of a terminal), so
that no variable, cell or module of the learner's process can take part in the answer.
"""

from __future__ import annotations

import subprocess
import sys
from typing import Any

from nslab.course.checking import checker, scenes
from nslab.course.checking import exercise as exercises
from nslab.course.checking.checker import Hint, Shown, Solution
from nslab.course.checking.command import ask, environment
from nslab.course.checking.outcome import Outcome
from nslab.lab.client.place import Completed


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
        ask("exercises", self.name, options=_seed(seed))
        return self

    def check(self, answer: str | float | None = None) -> Outcome:
        """Ask the kernel whether the task is done. `answer` is for tasks that ask for one.

        Raises TypeError and ValueError for answers that are none, or are not asked for.
        """
        return Outcome.from_dict(ask("check", self.name, *_given(answer)))

    def hint(self, answer: str | float | None = None) -> Hint:
        """A hint from what the kernel shows now, a little more each time."""
        return Hint.from_dict(ask("hint", self.name, *_given(answer)))

    def solution(self, form: str | None = None) -> Solution:
        """A way that passes, "sh" for a shell, "py" for Python, "c" for C; the record notes that it was looked at."""
        return Solution.from_dict(ask("solution", self.name, options=[] if form is None else ["--form", str(form)]))

    def reset(self, seed: int | None = None) -> Task:
        """End the scene and make it anew; return this task. Raises as begin() does."""
        ask("reset", self.name, options=_seed(seed))
        return self

    def close(self) -> None:
        """End the scene: what it was made of is gone. The record stays."""
        ask("exercises", self.name, options=["--end"])

    def run(self, role: str, command: str) -> Completed:
        """Run a shell command in a sandbox of the scene, as `nslab enter` does. Raises ValueError for another role."""
        held = scenes.find(self.name)
        there = {key: each.name for key, each in held.scene.members.items() if each.name} if held else {}
        if role not in there:
            raise ValueError(f"role={role!r}: choose one of {', '.join(there) or 'none: begin() makes the scene'}")
        enter = [sys.executable, "-P", "-m", "nslab", "enter", there[role], "/bin/sh", "-c", command]
        done = subprocess.run(enter, capture_output=True, text=True, stdin=subprocess.DEVNULL, env=environment())
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


def _seed(seed: int | None) -> list[str]:
    return [] if seed is None else ["--seed", str(seed)]


def _given(answer: object) -> list[str]:
    if answer is None:
        return []
    if isinstance(answer, bool) or not isinstance(answer, str | int | float):
        raise TypeError(f"answer={answer!r}: give a string or a number")
    return [str(answer)]
