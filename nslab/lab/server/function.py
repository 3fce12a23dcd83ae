"""Make a function again that was pickled by value (client/pickling.py), with nothing but what the fork server has.

cloudpickle's own way needs cloudpickle, and the 2 MB of modules that it brings would be copied at each clone.
"""

from __future__ import annotations

import builtins
import marshal
import sys
from contextlib import suppress

# `typing` is left out at run time in what the fork server loads: its 0.6 MB would be copied at each clone.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CellType, FunctionType, ModuleType
    from typing import Any


LOADED = frozenset({"builtins", "ctypes", "enum", "errno", "fcntl", "functools", "marshal", "os", "posix", "posixpath",
                    "select", "signal", "socket", "stat", "struct", "sys", "time"})  # fmt: skip
"""Modules that the fork server has in any case: a function that names them can be read without importing any."""


def code(marshalled: bytes) -> Any:
    """The code object of which these are marshal's bytes."""
    return marshal.loads(marshalled)


def cell(*contents: Any) -> CellType:
    """A cell of a closure, empty if it is given nothing."""
    return _CELL(*contents)


def module(name: str) -> ModuleType:
    """Import a module; of "a.b" that is b."""
    __import__(name)
    return sys.modules[name]


def empty(its_code: Any, its_globals: dict[str, Any], closure: tuple[CellType, ...] | None) -> FunctionType:
    """The function without what may refer to itself: attributes, globals, and what is in its closure."""
    its_globals["__builtins__"] = builtins
    return _FUNCTION(its_code, its_globals, None, None, closure)


def fill(function: FunctionType, state: tuple[Any, ...]) -> None:
    """Give it its attributes, its globals and what is in its closure; the last of the four is imported, no more."""
    attributes, its_globals, closure, _ = state
    for name, value in attributes.items():
        setattr(function, name, value)
    function.__globals__.update(its_globals)
    for own, given in zip(function.__closure__ or (), closure or (), strict=True):
        with suppress(ValueError):  # of one that is empty
            own.cell_contents = given.cell_contents


def _closure() -> Any:
    inside = None
    return lambda: inside


_FUNCTION: Any = type(_closure)
_CELL: Any = type(_closure().__closure__[0])
