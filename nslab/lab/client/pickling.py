"""Pickle what a child is to call, by value where a cell has defined it, so that it can be read without cloudpickle."""

from __future__ import annotations

import io
import marshal
import types
from collections import ChainMap
from typing import Any, ClassVar, NamedTuple

import cloudpickle

from nslab.lab.server import function

_NEEDS = cloudpickle.Pickler.__module__.encode()
"""What a pickle names that cannot be read without it, such as one of a class that a cell has defined."""


SMALL = 1 << 16
"""Bytes that the fork server may read itself."""


class Pickled(NamedTuple):
    """A pickle; whether who reads it needs cloudpickle; and whether to read it does no more than make plain values and
    functions, so that the fork server may do it, of which the child is a copy.
    """

    data: bytes
    needs_cloudpickle: bool
    harmless: bool


def dumps(thing: object) -> Pickled:
    """Pickle it. Raises what cloudpickle.dumps() does."""
    out = io.BytesIO()
    pickler = _Pickler(out)
    pickler.dump(thing)
    data = out.getvalue()
    return Pickled(data, _NEEDS in data, pickler.harmless and len(data) <= SMALL)


class _Pickler(cloudpickle.Pickler):
    """cloudpickle's, but that functions, and what they are made of, are made again by server/function.py."""

    dispatch_table: ClassVar[Any] = ChainMap(
        {
            types.CodeType: lambda code: (function.code, (marshal.dumps(code),)),
            types.CellType: lambda cell: (function.cell, _contents(cell)),
            types.ModuleType: lambda module: _module(module),
        },
        cloudpickle.Pickler.dispatch_table,
    )

    harmless = True

    def reducer_override(self, obj: Any) -> Any:
        """See pickle.Pickler.reducer_override()."""
        reduced = super().reducer_override(obj)
        if isinstance(obj, types.ModuleType):
            self.harmless &= obj.__name__ in function.LOADED
        elif isinstance(obj, types.FunctionType):
            self.harmless &= reduced is not NotImplemented or obj.__module__ == function.__name__
        else:
            self.harmless &= isinstance(obj, types.CodeType | types.CellType)
        if reduced is NotImplemented or not isinstance(obj, types.FunctionType):
            return reduced
        _, (code, its_globals, _, _, closure), (attributes, slots), *_ = reduced
        fresh = function.empty(code, dict(its_globals), closure)
        own = {n: v for n, v in slots.items() if n not in _APART and not _same(v, getattr(fresh, n))}
        state = ({**attributes, **own}, slots["__globals__"], slots["__closure__"], slots["_cloudpickle_submodules"])
        return function.empty, (code, its_globals, closure), state, None, None, function.fill


_APART = ("__globals__", "__closure__", "_cloudpickle_submodules")


def _same(value: object, other: object) -> bool:
    """Whether two attributes of functions are the same, as far as can be told without asking what they are."""
    if type(value) is dict:
        return not value and not other
    return value is other or (isinstance(value, str) and value == other)


def _contents(cell: types.CellType) -> tuple[object, ...]:
    try:
        return (cell.cell_contents,)
    except ValueError:
        return ()


def _module(module: types.ModuleType) -> Any:
    """By its name, but for one that was made by hand and has none to be imported by."""
    reduced = cloudpickle.Pickler.dispatch_table[types.ModuleType](module)
    return (function.module, reduced[1]) if reduced[1] == (module.__name__,) else reduced
