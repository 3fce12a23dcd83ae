"""Cgroups: the group itself, hierarchies, and one folder for each subsystem, named as in /proc/cgroups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nslab.catalogue import catalogue
from nslab.cgroups.about import About

if TYPE_CHECKING:
    from nslab.cgroups.core.group import Cgroup
    from nslab.cgroups.core.hierarchies import hierarchies
    from nslab.cgroups.core.location import where

_HOMES = {
    "Cgroup": "nslab.cgroups.core.group",
    "hierarchies": "nslab.cgroups.core.hierarchies",
    "where": "nslab.cgroups.core.location",
}
ABOUT: dict[str, About] = catalogue(__name__)
DEMOS = tuple(ABOUT)
"""Those that have a demo, in the order of the course."""
SUBSYSTEMS = tuple(name for name, about in ABOUT.items() if about.subsystem)
SPARE = tuple(sorted((name for name in SUBSYSTEMS if ABOUT[name].spare), key=lambda name: ABOUT[name].spare))
"""Those with which an experiment may mount a hierarchy of its own, in the order of trying."""

__all__ = ["ABOUT", "DEMOS", "SPARE", "SUBSYSTEMS", "Cgroup", "hierarchies", "where"]


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    if name in DEMOS:
        return import_module(f"nslab.cgroups.{name}")
    raise AttributeError(f"nslab.cgroups has no {name!r}; it has {', '.join(sorted((*__all__, *DEMOS)))}")
