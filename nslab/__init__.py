"""nslab: Linux namespaces and cgroups, shown on the running kernel.

Nothing is imported before it is used, so that `import nslab` stays fast.
"""

from __future__ import annotations

# `typing` is left out at run time: its 0.6 MB would be copied at each clone, and it costs a third of the import.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from nslab import cgroups, namespaces, security
    from nslab.cgroups.core.group import Cgroup
    from nslab.container.compare import compare
    from nslab.container.container import Container
    from nslab.course.checking.task import exercise
    from nslab.course.demos import demo_all
    from nslab.course.glossary import glossary
    from nslab.course.mappanel import map_panel
    from nslab.course.predict import predict
    from nslab.errors import Left, Unsupported
    from nslab.experiment.evidence import Evidence
    from nslab.lab.client.child import Child
    from nslab.lab.client.clone import clone
    from nslab.lab.client.sandbox import Sandbox
    from nslab.lab.doctor import doctor
    from nslab.lab.nsmap import ns_map
    from nslab.linux.flags import CloneFlag
    from nslab.namespaces.playground.board import playground
    from nslab.show.live.present import present

    CLONE_NEWCGROUP: CloneFlag
    CLONE_NEWIPC: CloneFlag
    CLONE_NEWNET: CloneFlag
    CLONE_NEWNS: CloneFlag
    CLONE_NEWPID: CloneFlag
    CLONE_NEWTIME: CloneFlag
    CLONE_NEWUSER: CloneFlag
    CLONE_NEWUTS: CloneFlag

_HOMES = {
    "Cgroup": "nslab.cgroups.core.group",
    "Container": "nslab.container.container",
    "Left": "nslab.errors",
    "Unsupported": "nslab.errors",
    "Evidence": "nslab.experiment.evidence",
    "Child": "nslab.lab.client.child",
    "Sandbox": "nslab.lab.client.sandbox",
    "clone": "nslab.lab.client.clone",
    "compare": "nslab.container.compare",
    "doctor": "nslab.lab.doctor",
    "ns_map": "nslab.lab.nsmap",
    "CloneFlag": "nslab.linux.flags",
    "demo_all": "nslab.course.demos",
    "exercise": "nslab.course.checking.task",
    "glossary": "nslab.course.glossary",
    "map_panel": "nslab.course.mappanel",
    "playground": "nslab.namespaces.playground.board",
    "predict": "nslab.course.predict",
    "present": "nslab.show.live.present",
}


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name in _HOMES:
        value = getattr(import_module(_HOMES[name]), name)
        globals()[name] = value
        return value
    if name in ("cgroups", "namespaces", "security"):
        return import_module(f"nslab.{name}")
    if name.startswith("CLONE_NEW"):
        from nslab.linux.flags import CloneFlag

        if name in CloneFlag.__members__:
            globals()[name] = flag = CloneFlag[name]
            return flag
    raise AttributeError(f"nslab has no {name!r}; it has {', '.join(sorted(__all__))}")


__all__ = [
    "CLONE_NEWCGROUP",
    "CLONE_NEWIPC",
    "CLONE_NEWNET",
    "CLONE_NEWNS",
    "CLONE_NEWPID",
    "CLONE_NEWTIME",
    "CLONE_NEWUSER",
    "CLONE_NEWUTS",
    "Cgroup",
    "Child",
    "CloneFlag",
    "Container",
    "Evidence",
    "Left",
    "Sandbox",
    "Unsupported",
    "cgroups",
    "clone",
    "compare",
    "demo_all",
    "doctor",
    "exercise",
    "glossary",
    "map_panel",
    "namespaces",
    "ns_map",
    "playground",
    "predict",
    "present",
    "security",
]


def __dir__() -> list[str]:
    return sorted(__all__)


def load_ipython_extension(ipython: Any) -> None:
    """`%load_ext nslab` in a notebook gives it the cell magic %%c."""
    from nslab.course import magics

    magics.load_ipython_extension(ipython)
