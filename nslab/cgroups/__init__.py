"""Cgroups: the group itself, hierarchies, and one file for each subsystem, named as in /proc/cgroups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nslab.cgroups.group import Cgroup
    from nslab.cgroups.tree import hierarchies

_HOMES = {"Cgroup": "nslab.cgroups.group", "hierarchies": "nslab.cgroups.tree"}
SUBSYSTEMS = (
    "cpu", "cpuacct", "cpuset", "memory", "blkio", "devices", "freezer", "pids", "net_cls", "net_prio", "hugetlb",
    "perf_event",
)  # fmt: skip
"""Those that have a demo, in the order of the course."""
DEMOS = ("hierarchy", "rules", *SUBSYSTEMS)

__all__ = ["DEMOS", "SUBSYSTEMS", "Cgroup", "hierarchies"]


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    if name in DEMOS:
        return import_module(f"nslab.cgroups.{name}")
    raise AttributeError(f"nslab.cgroups has no {name!r}; it has {', '.join(sorted((*__all__, *DEMOS)))}")
