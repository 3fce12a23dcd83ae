"""The panel of each subject of this room: its experiment by hand."""

from __future__ import annotations

from importlib import import_module

from nslab.errors import checked_choice
from nslab.experiment.panel import ExperimentPanel
from nslab.security import ABOUT


def panel(subject: str) -> ExperimentPanel:
    """Return the panel of a subject: choose a part of its experiment, guess each line, run it, and compare.

    Raises ValueError for another subject. Source: capabilities(7), seccomp(2).
    """
    module = import_module(f"nslab.security.{checked_choice('subject', subject, list(ABOUT))}")
    return ExperimentPanel(module, ("inside (against before)", "afterwards", "in the control"))
