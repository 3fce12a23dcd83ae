"""A cell that runs again makes again what it has named: the one of its last run ends first, so the name is free."""

from __future__ import annotations

import weakref
from typing import Any

from nslab.show import cell

_named: dict[tuple[str, int, str], tuple[weakref.ref[Any], str]] = {}
"""Cell, what it is inside of, and name → what was named so, and in which run of the cell."""


def end_earlier(thing: Any, name: str, parent: object = None) -> None:
    """Close what this cell named so, inside `parent`, when it ran before; `thing` is what it names so now."""
    now = cell.running()
    if now is None:
        return
    key = (now.id, id(parent), name)
    if key in _named:
        named, run = _named[key]
        earlier = named()
        if earlier is not None and run != now.run:
            earlier.close()
    _named[key] = weakref.ref(thing), now.run
