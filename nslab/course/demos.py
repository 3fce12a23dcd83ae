"""Every demo by its name, and `nslab.demo_all()`: one after the other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from nslab import cgroups, security
from nslab.container import subjects
from nslab.errors import Fault, Unsupported, checked_choice
from nslab.experiment.evidence import Evidence
from nslab.lab.power.refusals import explained
from nslab.namespaces import TYPES

Result = Evidence | Unsupported | Fault
"""What comes of one demo."""
ROOMS: dict[str, tuple[str, ...]] = {
    "namespaces": TYPES,
    "cgroups": cgroups.DEMOS,
    "security": security.DEMOS,
    "container": subjects.DEMOS,
}
"""Room → the names of its demos, in the order of the course."""
COLUMNS = ("demo", "claim", "verdict", "rows", "seconds")
TITLE = "Every demo, on this kernel"


@dataclass(frozen=True)
class Report:
    """The outcome of several demos: `results` has each one's Evidence by name, or the Unsupported, or the Fault."""

    results: dict[str, Result]

    @property
    def holds(self) -> bool:
        """Whether every demo that this machine can run holds, and none ended by an error of nslab's own."""
        return all(isinstance(r, Unsupported) or (isinstance(r, Evidence) and r.holds) for r in self.results.values())

    @property
    def rows(self) -> list[tuple[str, str, str, int, str]]:
        """One row for each demo, as in COLUMNS."""
        return [_row(name, result) for name, result in self.results.items()]

    def __getitem__(self, name: str) -> Result:
        return self.results[name]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {"holds": self.holds, "demos": {name: result.to_dict() for name, result in self.results.items()}}

    def __rich__(self) -> Any:
        from nslab.show import terminal

        return terminal.table(TITLE, COLUMNS, self.rows)

    def __repr__(self) -> str:
        from nslab.show import terminal

        return terminal.text(self)

    def _repr_html_(self) -> str:
        from nslab.show import html

        return html.table(TITLE, COLUMNS, self.rows)


def demo_of(name: str) -> Callable[..., Evidence]:
    """The demo that one of ROOMS names. Raises ValueError that names all."""
    for room, names in ROOMS.items():
        if name in names:
            return import_module(f"nslab.{room}.{name}").demo
    raise ValueError(f"name={name!r}: choose one of {', '.join(n for names in ROOMS.values() for n in names)}")


def demo_all(*rooms: str, progress: Callable[[str], object] | None = None) -> Report:
    """Run every demo of these rooms, one after the other, and return a table of what came of it.

    `rooms` are some of ROOMS, by default all; `progress` is told each name before its turn.
    What this machine cannot do is in the table as unsupported, with the reason. Raises ValueError for another room.
    """
    for room in rooms:
        checked_choice("rooms", room, list(ROOMS))
    results: dict[str, Result] = {}
    for name in (name for room in rooms or ROOMS for name in ROOMS[room]):
        if progress:
            progress(name)
        results[name] = _outcome(name)
    return Report(results)


def _outcome(name: str) -> Result:
    """What comes of one demo; whatever ends it, the others have their turn."""
    try:
        return demo_of(name)()
    except Unsupported as e:
        return e
    except OSError as e:
        return explained(e, f"the demo of {name}")
    except Exception as e:
        return Fault(f"the demo of {name}", e)


def _row(name: str, result: Result) -> tuple[str, str, str, int, str]:
    if isinstance(result, Fault):
        return name, result.line, "✗ ended by an error", 0, "–"
    if isinstance(result, Unsupported):
        return name, result.line, "unsupported here", 0, "–"
    verdict = "✓ holds" if result.holds else "✗ does not hold"
    return name, result.claim, verdict, len(result.rows), f"{result.seconds:.2f}"
