"""While a demo measures, the loads of this process's panels stand still, as they would disturb it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager

_panels: dict[object, Callable[[], AbstractContextManager[object]]] = {}


def beside(panel: object, still: Callable[[], AbstractContextManager[object]] | None) -> None:
    """Note how a panel's loads are held still; None when it has no loads any more."""
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
