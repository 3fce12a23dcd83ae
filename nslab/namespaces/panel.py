"""The panel of each namespace type: its experiment by hand. Predict, run, compare."""

from __future__ import annotations

import inspect
from importlib import import_module
from typing import Any

from nslab.errors import Unsupported, checked_choice
from nslab.evidence import Evidence
from nslab.lab.host import host
from nslab.linux.flags import FLAGS
from nslab.show import html
from nslab.show.live import blocks
from nslab.show.live.panel import Panel

OPEN, SAME, OTHER = "?", "the same", "another"
"""What may be guessed of a value."""
KEPT, CHANGED = "unchanged", "changed"


def panel(kind: str) -> ExperimentPanel:
    """Return the panel of a namespace type: choose a part of its experiment, guess each line, run it, and compare.

    Raises ValueError for another type. Source: namespaces(7).
    """
    return ExperimentPanel(checked_choice("kind", kind, list(FLAGS)))


class ExperimentPanel(Panel):
    """See panel(). `evidence` is what came of the last run."""

    every = 0.5

    def __init__(self, kind: str) -> None:
        super().__init__()
        module = import_module(f"nslab.namespaces.{kind}")
        self.kind = kind
        self.title = f"{kind}: by hand"
        self.about = f"{module.CLAIM} Choose a part, guess, run it, and compare."
        self._demo = module.demo
        self._parts = {part.name: part.about for part in module.PARTS}
        self._part = next(iter(self._parts))
        self._options = {
            name: parameter.default
            for name, parameter in inspect.signature(module.demo).parameters.items()
            if name != "only" and isinstance(parameter.default, str | int)
        }
        self._lines: list[str] = []
        self._guesses: dict[str, list[str]] = {}
        self._busy = ""
        self.evidence: Evidence | None = None

    def begin(self) -> None:
        host().ns  # noqa: B018  the fork server has to be there before a thread asks for it
        self._ask()

    def rehearse(self) -> None:
        if self.evidence is None:
            self.do_run()

    # -- what is to be seen ----------------------------------------------------------------------------

    def shown(self) -> list[blocks.Block]:
        fields = [blocks.entry(f"option:{n}", n, str(v), show=True) for n, v in self._options.items()]
        abouts = [f"{name}: {about}" for name, about in self._parts.items()]
        found = self.evidence
        return [
            blocks.bar("part", blocks.choice("part", "Part", f"{self._part}: {self._parts[self._part]}", abouts)),
            *([blocks.bar("options", *fields)] if fields else []),
            blocks.bar("run", blocks.button("run", "Run it", main=True, off=bool(self._busy)),
                       blocks.text(self._busy, tone="soft")),
            *([self._compared(found)] if found else [self._questions()] if self._lines else []),
            *([blocks.html("evidence", html.evidence(found.to_dict()))] if found else []),
        ]  # fmt: skip

    def _questions(self) -> blocks.Block:
        rows = {}
        for number, name in enumerate(self._lines):
            inside, after = self._guesses[name]
            rows[name] = [
                name,
                blocks.choice(f"inside:{number}", f"Inside: {name}", inside, [OPEN, SAME, OTHER]),
                blocks.choice(f"after:{number}", f"On the host afterwards: {name}", after, [OPEN, KEPT, CHANGED]),
            ]
        head = ["", "inside it is, against the host before", "on the host it is then"]
        return blocks.table("guess", "Guess first", head, rows)

    def _compared(self, evidence: Evidence) -> blocks.Block:
        rows = {}
        for row in evidence.rows:
            inside, after = self._guesses.get(row.name, [OPEN, OPEN])
            before, now, then = row.values
            rows[row.name] = [
                row.name,
                [blocks.text(f"{inside} → "), _answer(inside, SAME if now == before else OTHER)],
                [blocks.text(f"{after} → "), _answer(after, KEPT if then == before else CHANGED)],
            ]
        return blocks.table("guess", "Your guess → the kernel", ["", "inside", "on the host"], rows)

    def picture(self) -> str:
        return html.evidence(self.evidence.to_dict()) if self.evidence else ""

    def table(self) -> tuple[list[str], list[list[Any]]]:
        return ["part", "what it shows"], [[name, about] for name, about in self._parts.items()]

    # -- what its controls do --------------------------------------------------------------------------

    def do_part(self, chosen: str) -> None:
        """Choose another part."""
        self._part = checked_choice("part", chosen.partition(":")[0], list(self._parts))
        self._ask()

    def do_option(self, name: str, value: str) -> None:
        """Give the experiment another value; it is checked when it runs."""
        whole = isinstance(self._options[name], int) and value.strip().lstrip("-").isdigit()
        self._options[name] = int(value) if whole else value

    def do_inside(self, number: str, guess: str) -> None:
        """Guess what the inside sees."""
        self._guesses[self._lines[int(number)]][0] = guess

    def do_after(self, number: str, guess: str) -> None:
        """Guess what the host sees afterwards."""
        self._guesses[self._lines[int(number)]][1] = guess

    def do_run(self) -> None:
        """Run the part, with the namespace and without."""
        self._busy = "running …"
        part, options = self._part, dict(self._options)
        self.work(lambda: self._demo(only=part, **options), self._ran)

    def _ran(self, result: Evidence | Exception) -> None:
        self._busy = ""
        if isinstance(result, Exception):
            if not isinstance(result, TypeError | ValueError | Unsupported):
                raise result
            self.say(str(result), bad=True)
        else:
            self.evidence = result
            self.say("")

    def _ask(self) -> None:
        """Find out which lines the part has, by a run whose values are kept back."""
        self.evidence, self._lines, self._guesses = None, [], {}
        self._busy = "preparing …"
        part = self._part
        self.work(lambda: (part, self._demo(only=part)), self._asked)

    def _asked(self, result: Any) -> None:
        self._busy = ""
        if isinstance(result, Exception):
            self._ran(result)
            return
        part, evidence = result
        if part == self._part:
            self._lines = [row.name for row in evidence.rows]
            self._guesses = {name: [OPEN, OPEN] for name in self._lines}


def _answer(guess: str, kernel: str) -> blocks.Block:
    if guess == OPEN:
        return blocks.text(kernel)
    return blocks.text(f"{kernel} {'✓' if guess == kernel else '✗'}", tone="yes" if guess == kernel else "no")
