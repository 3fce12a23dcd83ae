"""Bind functions of the C library and raw system calls so that each call is checked and recorded."""

from __future__ import annotations

import ctypes
import errno
import time
from collections.abc import Callable
from contextlib import suppress
from functools import cache

from nslab.linux import arch, trace
from nslab.linux.trace import failure

# `typing` is left out at run time in what the fork server loads: its 0.6 MB would be copied at each clone.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Protocol

    class Function(Protocol):
        """What function() returns."""

        def __call__(self, *args: Any) -> int: ...
        def ready(self, *args: Any) -> Callable[[], int]: ...


# use_errno keeps errno safe from whatever Python does between the call and the look at it.
_libc = ctypes.CDLL(None, use_errno=True)


def function(name: str, *argtypes: Any, symbol: str = "", number: int | None = None, at_once: bool = False) -> Function:
    """Bind the C library's `name` (or, with `number`, the raw system call) with its argument types.

    It is looked up when it is first called, or `at_once`: what each child calls, the fork server looks up for all.
    The returned callable records the call, returns its result and raises OSError where it says -1.
    A pair `(value, "how to write it")` as an argument passes `value` and shows the text. `.ready(…)` takes the same and
    returns the call, to be made later and elsewhere.
    """
    bound: Any = None

    def bind() -> None:
        nonlocal bound
        bound = _libc["syscall" if number is not None else symbol or name]
        bound.argtypes = ((ctypes.c_long,) if number is not None else ()) + argtypes
        bound.restype = ctypes.c_long if number is not None else ctypes.c_int

    if at_once:
        bind()

    def ready(*args: Any) -> Callable[[], int]:
        values = [a[0] if isinstance(a, tuple) else a for a in args]
        if number is not None:
            values.insert(0, number)
        shown = tuple(a[1] if isinstance(a, tuple) else _show(a) for a in args)

        def made() -> int:
            if bound is None:
                bind()
            when = time.time_ns()
            ctypes.set_errno(0)
            result = bound(*values)
            if result == -1:
                err = ctypes.get_errno()
                trace.note(name, shown, -1, err, when=when)
                raise failure(name, shown, err)
            trace.note(name, shown, result, when=when)
            return int(result)

        return made

    def call(*args: Any) -> int:
        return ready(*args)()

    call.ready = ready  # type: ignore[attr-defined]
    return call  # type: ignore[return-value]


def syscall(name: str, *argtypes: Any) -> Callable[..., int]:
    """Bind the raw system call `name`; for calls that the C library has no function for."""

    @cache
    def bound() -> Callable[..., int]:
        return function(name, *argtypes, number=arch.number(name))

    return lambda *args: bound()(*args)


def give_back() -> None:
    """Give memory back to the kernel that this process has and does not use (malloc_trim(3); the GNU C library's)."""
    # Another C library has no such function; then it keeps its memory.
    with suppress(AttributeError):
        _libc.malloc_trim(0)


def _show(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bytes):
        return '"' + value.decode(errors="backslashreplace") + '"'
    return str(value)


def answer(call: Callable[..., Any], *args: Any) -> str:
    """Make the call and return the kernel's answer as a word: "ok", or the name of the errno such as "EPERM"."""
    try:
        call(*args)
    except OSError as e:
        return errno.errorcode.get(e.errno or 0, str(e.errno))
    return "ok"
