"""Packages that import what they have when it is first asked for."""

from __future__ import annotations

from functools import partial
from importlib import import_module

# `typing` is left out at run time: its 0.6 MB would be copied at each clone.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def subject(package: str, panel_of: str = "") -> Callable[[str], Any]:
    """The `__getattr__` of a subject's package: it finds each name (demo, PARTS, …) in the subject's experiment.py.

    Only `panel` comes from its live.py, or from the module `panel_of`, whose panel() is given the subject's name.
    """

    def find(name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(f"{package} has no {name!r}")
        if name != "panel":
            return getattr(import_module(f"{package}.experiment"), name)
        if panel_of:
            return partial(import_module(panel_of).panel, package.rpartition(".")[2])
        return import_module(f"{package}.live").panel

    return find
