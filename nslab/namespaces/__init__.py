"""One folder for each namespace type, named as in /proc/PID/ns; each has `demo()` and `panel()`."""

from nslab.catalogue import catalogue
from nslab.namespaces.about import About

ABOUT: dict[str, About] = catalogue(__name__)
TYPES = tuple(ABOUT)
"""Those that have a demo, in the order of the course."""
