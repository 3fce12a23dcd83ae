"""A cell that runs again makes its named sandboxes and groups again: those of its last run end first, so that the names
are free."""

from __future__ import annotations

import weakref
from typing import Any

from nslab.show import cell

_named: dict[tuple[str, int, str], tuple[weakref.ref[Any], str]] = {}
"""(cell, id of what the thing is inside of, name) → (the thing, the run of the cell that made it)."""


def end_earlier(thing: Any, name: str, parent: object = None) -> None:
    """Close what an earlier run of this cell has given this name, inside `parent`; now the name is `thing`'s."""
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
