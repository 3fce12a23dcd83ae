"""A cell that runs again makes again what it has named: the one of its last run ends first, so the name is free."""

from __future__ import annotations

import weakref
from typing import Any

from nslab.show import cell

_named: weakref.WeakValueDictionary[tuple[str, int, str], Any] = weakref.WeakValueDictionary()
_runs: dict[tuple[str, int, str], str] = {}


def end_earlier(thing: Any, name: str, parent: object = None) -> None:
    """Close what this cell named so, inside `parent`, when it ran before; `thing` is what it names so now."""
    now = cell.running()
    if now is None:
        return
    key = (now.id, id(parent), name)
    earlier = _named.get(key)
    if earlier is not None and _runs[key] != now.run:
        earlier.close()
    _named[key], _runs[key] = thing, now.run
