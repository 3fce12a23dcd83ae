"""The demos as shell scripts and C programs, and the values that make them fit this machine.

One text serves both versions: `@name@` stands for what differs. `@group.h@` is the same beginning for each C program.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources

from nslab.cgroups.where import where

NO_ENABLE = ":"
ENABLE = "echo '{}' >\"$1/cgroup.subtree_control\""


def form(subsystem: str, suffix: str, values: Mapping[str, str]) -> str:
    """The experiment as a shell script ("sh") or C program ("c"), with values in place of @name@."""
    directory = resources.files(__package__)
    text = directory.joinpath(f"{subsystem}.{suffix}").read_text(encoding="utf-8")
    text = text.replace("@group.h@\n", directory.joinpath("group.h").read_text(encoding="utf-8"))
    for key, value in values.items():
        text = text.replace(f"@{key}@", value)
    return text


def directories(*subsystems: str) -> dict[str, str]:
    """Where each subsystem's groups go (@cpu@, …), and how v2 is told to give them its controllers (@enable@)."""
    places = {name: where(name) for name in subsystems}
    wanted = " ".join(f"+{p.controller}" for p in places.values() if p.version == 2 and p.controller)
    first = places[subsystems[0]]
    return {
        **{name: place.base for name, place in places.items()},
        "enable": ENABLE.format(wanted) if wanted else NO_ENABLE,
        "c_enable": f'put("{first.base}", "cgroup.subtree_control", "{wanted}");\n    '
        f'put("{first.base}/nslab-by-hand", "cgroup.subtree_control", "{wanted}");'
        if wanted
        else "",
    }
