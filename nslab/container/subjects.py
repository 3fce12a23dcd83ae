"""The subjects of this room that have a demo; apart from the package itself, which a container's start imports."""

from nslab.catalogue import catalogue
from nslab.container.about import About

ABOUT: dict[str, About] = catalogue("nslab.container")
DEMOS = tuple(ABOUT)
"""Those that have a demo, in the order of the course."""
