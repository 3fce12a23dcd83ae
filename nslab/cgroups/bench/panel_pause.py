"""Panels whose loads run beside a demo would disturb what it measures: they stand still meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager

_panels: dict[object, Callable[[], AbstractContextManager[object]]] = {}


def beside(panel: object, still: Callable[[], AbstractContextManager[object]] | None) -> None:
    """Register a panel of this process with how its loads are held still, or None when it has none any more."""
    if still is None:
        _panels.pop(panel, None)
    else:
        _panels[panel] = still


@contextmanager
def all_still() -> Iterator[None]:
    """Hold the loads of this process's panels still."""
    with ExitStack() as stack:
        for still in list(_panels.values()):
            stack.enter_context(still())
        yield
