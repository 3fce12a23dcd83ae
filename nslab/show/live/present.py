"""`nslab.present()`: type and lines that are seen from the back of a room."""

from __future__ import annotations

from typing import Any


class Presentation:
    """What `present()` returns; as the last line of a cell it changes the page, until its output is cleared."""

    def __init__(self, big: bool) -> None:
        self.big = big

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        from nslab.show.live.view import Stage, bundle

        return bundle(Stage(big=self.big), repr(self))

    def __repr__(self) -> str:
        return f"<nslab shows {'big' if self.big else 'usual'} type, on a page of JupyterLab>"


def present(big: bool = True) -> Presentation:
    """Show everything of nslab on this page with big type and thick lines, or with those that it usually has.

    Put it last in a cell. It holds for what is on the page already, too, and ends with its output. On a screen of 1280
    pixels close JupyterLab's sidebar (Ctrl+B) for the widest panels. Raises TypeError.
    """
    if not isinstance(big, bool):
        raise TypeError(f"big={big!r}: give True or False")
    return Presentation(big)
