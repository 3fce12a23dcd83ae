"""`nslab.demo_all()`: every namespace's demo, one after the other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from nslab.errors import Unsupported
from nslab.evidence import Evidence
from nslab.linux.flags import FLAGS

COLUMNS = ("namespace", "claim", "verdict", "rows", "seconds")


@dataclass(frozen=True)
class Report:
    """The outcome of several demos: `results` has the Evidence, or the Unsupported, of each by name."""

    results: dict[str, Evidence | Unsupported]

    @property
    def holds(self) -> bool:
        """Whether every demo that this machine can run holds."""
        return all(r.holds for r in self.results.values() if isinstance(r, Evidence))

    @property
    def rows(self) -> list[tuple[str, str, str, int, str]]:
        """One row for each demo, as in COLUMNS."""
        return [_row(name, result) for name, result in self.results.items()]

    def __getitem__(self, name: str) -> Evidence | Unsupported:
        return self.results[name]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {"holds": self.holds, "demos": {name: result.to_dict() for name, result in self.results.items()}}

    def __rich__(self) -> Any:
        from nslab.show import terminal

        return terminal.table("Every namespace, on this kernel", COLUMNS, self.rows)

    def __repr__(self) -> str:
        from nslab.show import terminal

        return terminal.text(self)

    def _repr_html_(self) -> str:
        from nslab.show import html

        return html.table("Every namespace, on this kernel", COLUMNS, self.rows)


def demo_of(name: str) -> Callable[..., Evidence]:
    """The demo of the namespace type `name`. Raises ValueError that names those there are."""
    if name not in FLAGS:
        raise ValueError(f"name={name!r}: choose one of {', '.join(FLAGS)}")
    return import_module(f"nslab.namespaces.{name}").demo


def demo_all() -> Report:
    """Run the demo of each namespace type and return a table of what came of it.

    What this machine cannot do is in the table as unsupported, with the reason.
    """
    results: dict[str, Evidence | Unsupported] = {}
    for name in FLAGS:
        try:
            results[name] = demo_of(name)()
        except Unsupported as e:
            results[name] = e
    return Report(results)


def _row(name: str, result: Evidence | Unsupported) -> tuple[str, str, str, int, str]:
    if isinstance(result, Unsupported):
        return name, f"{result.what}: {result.why}. {result.mend}", "unsupported here", 0, "–"
    verdict = "✓ holds" if result.holds else "✗ does not hold"
    return name, result.claim, verdict, len(result.rows), f"{result.seconds:.2f}"
