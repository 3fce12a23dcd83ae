"""Talks: notebooks as slides, checked on this machine before they are given, with notes for who gives them."""

from pathlib import Path

STAGE = Path(__file__).parent / "stage"
"""The directory of extensions that JupyterLab is told of for a talk alone."""
