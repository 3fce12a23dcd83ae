"""Values that make the shell and C forms of the demos fit this machine; one text serves both versions of cgroups."""

from __future__ import annotations

from nslab.cgroups.core.location import where

NO_ENABLE = ":"
ENABLE = "echo '{}' >\"$1/cgroup.subtree_control\""


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
