"""Which cell of a notebook is running."""

from __future__ import annotations

from typing import NamedTuple

from nslab.show import notebook


class Cell(NamedTuple):
    """A cell, and which of its runs this is (both as Jupyter names them)."""

    id: str
    run: str


def running() -> Cell | None:
    """The cell that runs now; None outside of notebooks, and where the page does not name its cells (nbclient)."""
    kernel = getattr(notebook.shell(), "kernel", None)
    request = kernel.get_parent("shell") if kernel else {}
    cell = request.get("metadata", {}).get("cellId")
    return Cell(cell, request["header"]["msg_id"]) if cell else None
