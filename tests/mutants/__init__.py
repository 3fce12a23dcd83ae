"""Broken variants of the demos: each drops, skips, fakes or misplaces one thing, and `holds` has to say so.

Each subject has a module here with MUTANTS. A mutant is an edit of the program's text; it is made in a copy of the
package, and the part that it breaks is run from there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


@dataclass(frozen=True)
class Edit:
    """One place in the program's text; `old` has to stand there exactly once."""

    file: str
    old: str
    new: str


def edit(file: str, old: str, new: str) -> Edit:
    """An edit of `file` (below the project's directory)."""
    return Edit(file, old, new)


@dataclass(frozen=True)
class Mutant:
    """A broken variant of one part. `survives` is the reason why `holds` cannot tell, where it cannot."""

    part: str
    about: str
    edit: Edit
    survives: str = ""


def subjects() -> list[str]:
    """The subjects that have mutants."""
    return sorted(path.stem for path in HERE.glob("*.py") if not path.stem.startswith("_"))


def of(subject: str) -> tuple[Mutant, ...]:
    """The mutants of a subject."""
    return tuple(import_module(f"tests.mutants.{subject}").MUTANTS)


def parts(mutants: Iterable[Mutant]) -> list[str]:
    """The parts that are broken, in order."""
    return list(dict.fromkeys(mutant.part for mutant in mutants))
