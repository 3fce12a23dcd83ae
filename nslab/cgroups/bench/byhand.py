"""Values that make the shell and C forms of the demos fit this machine; one text serves both versions of cgroups."""

from __future__ import annotations

from nslab.cgroups.core.location import where
from nslab.cgroups.core.quantities import Quantity
from nslab.cgroups.core.versions import VERSIONS, Version
from nslab.errors import Unsupported
from nslab.linux import cgroupfs

NO_ENABLE = ":"
MOUNTED = "/mnt"
ENABLE = "echo '{}' >\"$1/cgroup.subtree_control\""


def directories(*subsystems: str) -> dict[str, str]:
    """Where each subsystem's groups go (@cpu@, …), and how v2 is told to give them its controllers (@enable@)."""
    places = {name: where(name) for name in subsystems}
    wanted = " ".join(f"+{controller}" for place in places.values() for controller in place.to_enable)
    first = places[subsystems[0]]
    return {
        **{name: place.base for name, place in places.items()},
        "enable": ENABLE.format(wanted) if wanted else NO_ENABLE,
        "c_enable": f'put("{first.base}", "cgroup.subtree_control", "{wanted}");\n    '
        f'put("{first.base}/nslab-by-hand", "cgroup.subtree_control", "{wanted}");'
        if wanted
        else "",
    }


def counted(version: int, **quantities: Quantity) -> dict[str, str]:
    """Where a version of cgroups has each quantity: `kills` is in the file @kills_file@, after the key @kills_key@, and
    has to be divided by @kills_per@. The key ends with its space; it is empty for a file with one number.
    """
    values: dict[str, str] = {}
    for name, quantity in quantities.items():
        source = quantity.form(version)
        values |= {
            f"{name}_file": source.file,
            f"{name}_key": source.key and f"{source.key} ",
            f"{name}_per": str(round(1 / source.scale)),
        }
    return values


def by_subsystem(subsystem: str, version: int | None) -> tuple[Version, str]:
    """For a subsystem that few machines have mounted: the version to use, and where its groups go.

    The program by hand mounts a hierarchy of v1 where no other process sees it. Raises `nslab.Unsupported` where the
    kernel has no such subsystem.
    """
    try:
        place = where(subsystem, version)
    except Unsupported:
        if subsystem not in cgroupfs.subsystems():
            raise
        return VERSIONS[1], MOUNTED
    return place.rules, MOUNTED if place.rules.mountable else place.base
