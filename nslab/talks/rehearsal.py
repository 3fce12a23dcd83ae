"""Everything that a talk runs, run once: how long each cell took here, and what it showed."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nslab.show.room import ROOM
from nslab.talks.deck import Talk

TIMEOUT = 60
"""Seconds that a cell may take; on stage none takes so long."""
NOT = "does not hold"
"""The verdict of an Evidence whose claim fails."""
WIDGET = "application/vnd.jupyter.widget-view+json"


@dataclass(frozen=True)
class Run:
    """One cell's run: its id, the seconds that it took, its outputs; `error` says what it raised, "" for nothing."""

    cell: str
    seconds: float
    outputs: tuple[Any, ...]
    error: str = ""

    @property
    def holds(self) -> bool:
        """Whether no evidence that it shows speaks against its claim."""
        return NOT not in json.dumps(self.outputs)


def rehearse(talk: Talk, tell: Callable[[int, int], None] = lambda number, of: None) -> list[Run]:
    """Run the cells of a talk in a kernel of their own, which is gone afterwards; `tell(number, of)` before each.

    Cells see no browser, so a panel shows a picture in its place, and what it measured for some seconds. A cell that
    raises does not end the rehearsal.
    """
    import nbclient
    import nbformat
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
    from traitlets.config import Config

    notebook = nbformat.from_dict({**talk.notebook, "cells": [dict(cell) for cell in talk.code]})
    runs = []
    with contextlib.ExitStack() as end:
        # Its sockets are files of this user alone: a port could be reached by others, and ipykernel warns of it.
        sockets = end.enter_context(tempfile.TemporaryDirectory(prefix="nslab-"))
        client = nbclient.NotebookClient(
            notebook, timeout=TIMEOUT, interrupt_on_timeout=True, kernel_name="python3",
            resources={"metadata": {"path": str(talk.path.parent)}},
            config=Config({"KernelManager": {"transport": "ipc", "ip": f"{sockets}/kernel"}}),
        )  # fmt: skip
        end.enter_context(client.setup_kernel(env={**os.environ, **ROOM}))
        for index, cell in enumerate(notebook.cells):
            tell(index + 1, len(notebook.cells))
            began, error = time.monotonic(), ""
            try:
                client.execute_cell(cell, index)
            except CellExecutionError as e:
                error = f"{e.ename}: {e.evalue}"
            except CellTimeoutError:
                error = f"it did not end within {TIMEOUT} s"
            except DeadKernelError:
                error = "its kernel died"
            runs.append(Run(cell.id, time.monotonic() - began, tuple(map(_kept, cell.outputs)), error))
            if error == "its kernel died":
                break
    return runs


def _kept(output: Any) -> Any:
    """An output without the widget that nobody holds any more, where something else stands for it."""
    if WIDGET in output.get("data", {}) and len(output["data"]) > 1:
        data = {kind: value for kind, value in output["data"].items() if kind != WIDGET}
        return {**output, "data": data}
    return output


def save(runs: list[Run], file: Path) -> None:
    """Write what the cells that went well showed to a file, as the slides read it."""
    cells = {run.cell: {"seconds": round(run.seconds, 2), "outputs": run.outputs} for run in runs if not run.error}
    file.write_text(json.dumps({"measured": time.strftime("%Y-%m-%dT%H:%M:%S"), "cells": cells}), encoding="utf-8")
