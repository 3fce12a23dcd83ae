"""Put something into the output of the running cell."""

from __future__ import annotations

import sys
from typing import Any


def shell() -> Any:
    """IPython's shell, where this process has one, else None; nothing is imported for it."""
    ipython = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython else None


def in_notebook() -> bool:
    """Whether this process is a Jupyter kernel."""
    return (found := shell()) is not None and "IPKernelApp" in found.config


def display_html(thing: Any) -> None:
    """Display an object that has `_repr_html_`; outside of a notebook, print it."""
    if in_notebook():
        from IPython.display import HTML, display

        display(HTML(thing._repr_html_()))
    else:
        print(thing)
