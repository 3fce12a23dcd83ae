"""What a process may ask of the kernel: a folder for each of the mechanisms; each has `demo()` and `panel()`."""

from nslab.catalogue import catalogue
from nslab.container.about import About

ABOUT: dict[str, About] = catalogue(__name__)
DEMOS = tuple(ABOUT)
"""Those that have a demo, in the order of the course."""
