"""The panel of images: the experiment by hand."""

from __future__ import annotations

from nslab.container import images
from nslab.experiment.panel import ExperimentPanel


def panel() -> ExperimentPanel:
    """Return a panel: choose a part of the experiment, guess each line, run it, and compare."""
    return ExperimentPanel(images, ("inside (against before)", "afterwards", "in the control"))
