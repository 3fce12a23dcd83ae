"""The panel of an experiment whose lines are Rows: its parts by hand. Predict, run, compare."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from contextlib import suppress
from types import ModuleType
from typing import Any

from nslab.errors import Unsupported, checked_choice
from nslab.experiment.evidence import Evidence, Observed
from nslab.experiment.expect import NOT_ASKED
from nslab.lab.client.host import host
from nslab.show import evidence
from nslab.show.live import blocks
from nslab.show.live.panel import Panel

OPEN, NONE = "?", "–"
"""In a field: nothing guessed yet, and nothing to guess."""
SAME, OTHER = "the same", "another"
KEPT, CHANGED = "unchanged", "changed"
NO_MATTER, MATTERS = "the same", "otherwise"
ANSWERS: dict[str, tuple[str, ...]] = {
    "inside": (SAME, OTHER), "after": (KEPT, CHANGED), "without": (NO_MATTER, MATTERS),
}  # fmt: skip
"""Each question about a line → what may be guessed: the value inside against the host's before (or, where the host has
none, what came out inside), the host's value afterwards against that before, and what comes out without the flag."""
TICK = 1.0
"""Seconds by which two readings of one clock may differ: time goes on between them."""


class ExperimentPanel(Panel):
    """Choose a part of a subject's experiment, guess each line, run it, and compare.

    `evidence` is what came of the last run. `columns` head the three questions of ANSWERS.
    """

    every = 0.5

    def __init__(self, module: ModuleType, columns: tuple[str, str, str]) -> None:
        super().__init__()
        self.title = f"{module.__name__.rpartition('.')[2]}: by hand"
        self._columns = columns
        self.about = f"{module.CLAIM} Choose a part, guess, run it, and compare."
        self._demo = module.demo
        self._parts = {part.name: part for part in module.PARTS}
        self._part = next(iter(self._parts))
        self._options = {
            name: parameter.default
            for name, parameter in inspect.signature(module.demo).parameters.items()
            if name != "only" and isinstance(parameter.default, str | int)
        }
        self._defaults = dict(self._options)
        self._lines: list[tuple[Observed, Observed]] = []
        self._guesses: dict[tuple[int, str], str] = {}
        self._busy = ""
        self._turn = 0
        self.evidence: Evidence | None = None

    def begin(self) -> None:
        host().ns  # noqa: B018  the fork server has to be there before a thread asks for it
        self._ask()

    def rehearse(self) -> None:
        if self.evidence is None:
            self.do_run()

    # -- what is to be seen ----------------------------------------------------------------------------

    def shown(self) -> list[blocks.Block]:
        part = self._parts[self._part]
        fields = [blocks.entry(f"option:{n}", n, str(v), show=True) for n, v in self._options.items()
                  if n in part.options]  # fmt: skip
        abouts = [f"{name}: {each.about}" for name, each in self._parts.items()]
        found = self.evidence
        return [
            blocks.bar("part", blocks.choice("part", "Part", f"{part.name}: {part.about}", abouts)),
            *([blocks.bar("options", *fields)] if fields else []),
            blocks.bar("run", blocks.button("run", "Run it", main=True, off=bool(self._busy)),
                       *([blocks.button("again", "Guess again")] if found else []),
                       blocks.text(self._busy, tone="soft")),
            *([self._compared(found)] if found else [self._questions()] if self._lines else []),
            *([blocks.html("evidence", evidence.as_html(found.to_dict()))] if found else []),
        ]  # fmt: skip

    def _questions(self) -> blocks.Block:
        rows = {}
        for number, (line, control) in enumerate(self._lines):
            asked = _asked_of(line, control)
            rows[str(number)] = [line.label, *(self._question(number, which, asked[which]) if which in asked else NONE
                                              for which in ANSWERS)]  # fmt: skip
        return blocks.table("guess", "Guess first", self._head(), rows)

    def _question(self, number: int, which: str, answers: tuple[str, ...]) -> blocks.Block:
        label = f"{self._lines[number][0].label}: {self._head()[1 + list(ANSWERS).index(which)]}"
        guess = self._guesses.get((number, which), OPEN)
        return blocks.choice(f"guess:{which}:{number}", label, guess, [OPEN, *answers], show=False)

    def _compared(self, evidence: Evidence) -> blocks.Block:
        rows = {}
        for number, (line, control) in enumerate(lines_of(evidence)):
            kernel = kernel_says(line, control)
            rows[str(number)] = [line.label, *(
                _answer(self._guesses.get((number, which), OPEN), kernel[which]) if which in kernel else NONE
                for which in ANSWERS
            )]  # fmt: skip
        return blocks.table("guess", "Your guess, and the kernel", self._head(), rows)

    def _head(self) -> list[str]:
        return ["", *self._columns]

    def picture(self) -> str:
        return evidence.as_html(self.evidence.to_dict()) if self.evidence else ""

    def table(self) -> tuple[list[str], list[list[Any]]]:
        return ["part", "what it shows"], [[name, part.about] for name, part in self._parts.items()]

    # -- what its controls do --------------------------------------------------------------------------

    def do_part(self, chosen: str) -> None:
        """Choose another part."""
        self._part = checked_choice("part", chosen.partition(":")[0], list(self._parts))
        self._ask()

    def do_option(self, name: str, value: str) -> None:
        """Give the experiment another value; the experiment checks it when it runs."""
        checked_choice("option", name, list(self._options))
        self._options[name] = value
        if isinstance(self._defaults[name], int):
            # What is no number stays text: the demo's own check then names it.
            with suppress(ValueError):
                self._options[name] = int(value.strip(), 0)

    def do_guess(self, which: str, guess: str) -> None:
        """Guess an answer: `which` is one of ANSWERS and the number of the line, as in "inside:0"."""
        question, _, number = which.partition(":")
        answers = _asked_of(*self._lines[int(number)])[question]
        self._guesses[int(number), question] = checked_choice("guess", guess, [OPEN, *answers])

    def do_again(self) -> None:
        """Take the answers and the guesses away."""
        self.evidence, self._guesses = None, {}

    def do_run(self) -> None:
        """Run the part, with the namespace and without."""
        part, options = self._part, dict(self._options)
        self._in_turn("running …", lambda: self._demo(only=part, **options), self._ran)

    def _ran(self, evidence: Evidence) -> None:
        self.evidence = evidence
        self.say("")

    def _ask(self) -> None:
        """Run the part to find out which lines it has; their values are not shown yet."""
        self.evidence, self._lines, self._guesses = None, [], {}
        part = self._part
        self._in_turn("preparing …", lambda: self._demo(only=part), self._asked)

    def _asked(self, evidence: Evidence) -> None:
        self._lines = lines_of(evidence)

    def _in_turn(self, words: str, task: Callable[[], Evidence], done: Callable[[Evidence], None]) -> None:
        """Run a demo. Its answer is dropped if something else was asked for before it came."""
        self._turn += 1
        turn, self._busy = self._turn, words

        def came(result: Evidence | Exception) -> None:
            if turn != self._turn:
                return
            self._busy = ""
            if isinstance(result, TypeError | ValueError | Unsupported):
                self.say(str(result), bad=True)
            elif isinstance(result, Exception):
                raise result
            else:
                done(result)

        self.work(task, came)


def lines_of(evidence: Evidence) -> list[tuple[Observed, Observed]]:
    """Each line of the evidence with its control, those of the namespaces' inodes last."""
    lines = zip((*evidence.rows, *evidence.inodes), (*evidence.control, *evidence.control_inodes), strict=True)
    return list(lines)


def kernel_says(line: Observed, control: Observed) -> dict[str, str]:
    """The answers to those of the questions that this line allows, as the kernel gave them."""
    before, inside, after = line.values
    answers = {
        "inside": str(inside) if before == NOT_ASKED else SAME if _equal(inside, before) else OTHER,
        "after": KEPT if _equal(after, before) else CHANGED,
        "without": MATTERS if line.holds != control.holds else NO_MATTER,
    }
    return {which: answers[which] for which in _asked_of(line, control)}


def _asked_of(line: Observed, control: Observed) -> dict[str, tuple[str, ...]]:
    """The questions that a line allows, each with its right answer. Where the host has no value, the question is which
    word came out.
    """
    before, inside, after = line.values
    without = control.values[1]
    words = isinstance(inside, str | bool) and isinstance(without, str | bool)
    if before == NOT_ASKED and words and inside != without:
        return {"inside": tuple(sorted((str(inside), str(without))))}
    if NOT_ASKED in (before, inside, after) or (line.varies and not line.decisive):
        return {"without": ANSWERS["without"]}
    return ANSWERS


def _equal(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return abs(one - other) < TICK
    return bool(one == other)


def _answer(guess: str, kernel: str) -> blocks.Block:
    if guess == OPEN:
        return blocks.text(kernel)
    right = guess == kernel
    return blocks.text(f"✓ {kernel}" if right else f"✗ {kernel}, not {guess}", tone="yes" if right else "no")
