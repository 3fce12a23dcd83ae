"""`nslab.glossary()`: every errno, term and file that the lessons use, with the lesson that shows it."""

from __future__ import annotations

import difflib
import tomllib
from dataclasses import asdict, dataclass
from functools import cache
from importlib import resources
from typing import Any

COLUMNS = ("word", "what it is", "lesson")
KINDS = {"errno": "What the kernel answers", "term": "Terms", "file": "Files"}
"""Kind → the heading of the words of that kind."""
PAGE = """# Glossary

Every errno, term and file that the lessons use. Also: `nslab.glossary("EPERM")` in a notebook, `nslab glossary EPERM`
in a terminal. This page comes from `nslab/course/glossary.toml`: `python -m nslab.course.glossary > docs/glossary.md`.
"""


@dataclass(frozen=True)
class Entry:
    """One word: its `kind` is a key of KINDS, `also` has its other forms, `lesson` is the number of the one to read."""

    word: str
    kind: str
    means: str
    lesson: str
    also: tuple[str, ...] = ()

    @property
    def row(self) -> tuple[str, str, str]:
        """The entry as in COLUMNS."""
        return self.word, self.means, self.lesson


class Glossary(tuple[Entry, ...]):
    """Some words, in the order of the alphabet; as the last line of a cell it shows itself as a table."""

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {"glossary": [asdict(entry) for entry in self]}

    def __rich__(self) -> Any:
        from nslab.show import terminal

        return terminal.table("", COLUMNS, [entry.row for entry in self])

    def __repr__(self) -> str:
        from nslab.show import terminal

        return terminal.text(self.__rich__())

    def _repr_html_(self) -> str:
        from nslab.show import html

        return html.table("Glossary", COLUMNS, [entry.row for entry in self])


@cache
def entries() -> Glossary:
    """All words."""
    text = resources.files("nslab.course").joinpath("glossary.toml").read_text(encoding="utf-8")
    found = [
        Entry(word, kind, values["means"], values["lesson"], tuple(values.get("also", ())))
        for kind, words in tomllib.loads(text).items()
        for word, values in words.items()
    ]
    return Glossary(sorted(found, key=lambda entry: entry.word.lower()))


def glossary(word: str | None = None) -> Glossary:
    """What a word of the lessons means, such as "EPERM", "stand-in" or "memory.max"; without one, all of them.

    Raises ValueError, with the nearest words, for one that is not in it; TypeError for what is no string.
    """
    if word is None:
        return entries()
    if not isinstance(word, str):
        raise TypeError(f"word={word!r}: give a word, such as 'EPERM'")
    forms = _forms()
    if word.lower() in forms:
        return Glossary([forms[word.lower()]])
    near = dict.fromkeys(forms[form].word for form in difflib.get_close_matches(word.lower(), forms, n=5, cutoff=0.5))
    hint = f"did you mean {', '.join(near)}?" if near else "nslab.glossary() has all of them"
    raise ValueError(f"word={word!r} is not in the glossary; {hint}")


def _forms() -> dict[str, Entry]:
    """Every form of every word, in small letters."""
    return {form.lower(): entry for entry in entries() for form in (entry.word, *entry.also)}


def page() -> str:
    """The glossary as Markdown, for docs/glossary.md."""
    parts = [PAGE]
    for kind, heading in KINDS.items():
        parts.append(f"## {heading}\n\n| word | what it is | lesson |\n|---|---|---|")
        parts += [
            f"| {entry.word if kind == 'term' else f'`{entry.word}`'} | {entry.means} | {entry.lesson} |"
            for entry in entries()
            if entry.kind == kind
        ]
        parts.append("")
    return "\n".join(parts)


if __name__ == "__main__":
    print(page(), end="")
