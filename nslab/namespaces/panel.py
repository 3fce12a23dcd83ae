"""The panel of each namespace type: its experiment by hand."""

from __future__ import annotations

from importlib import import_module

from nslab.errors import checked_choice
from nslab.experiment.panel import ExperimentPanel
from nslab.linux.flags import FLAGS


def panel(kind: str) -> ExperimentPanel:
    """Return the panel of a namespace type: choose a part of its experiment, guess each line, run it, and compare.

    Raises ValueError for another type. Source: namespaces(7).
    """
    module = import_module(f"nslab.namespaces.{checked_choice('kind', kind, list(FLAGS))}")
    return ExperimentPanel(module, ("inside (against the host)", "the host afterwards", f"without {FLAGS[kind]}"))
