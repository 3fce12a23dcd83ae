"""Which subsystems are attached to no hierarchy, so that an experiment can mount one with them."""

from __future__ import annotations

import contextlib

from nslab.cgroups import SPARE
from nslab.cgroups.core.mounts import Mounts
from nslab.errors import Unsupported
from nslab.linux import cgroupfs


def free(wanted: int) -> list[str]:
    """The first `wanted` subsystems that can be mounted here, in the kernel's order.

    Raises `nslab.Unsupported` where there are fewer. Each is mounted to try it, and unmounted again. One that an
    earlier experiment has unmounted is free after some moments.
    """
    mounted = {name for hierarchy in cgroupfs.mount_points() for name in hierarchy.split(",")}
    _let_go(set(cgroupfs.paths()) - set(cgroupfs.mount_points()))
    found: list[str] = []
    for name in SPARE:
        if name in mounted or name not in cgroupfs.subsystems():
            continue
        # The kernel refuses one that is attached elsewhere: then the next may be free.
        with Mounts() as trial, contextlib.suppress(OSError):
            trial.mount(name)
            found.append(name)
        if len(found) == wanted:
            return sorted(found, key=cgroupfs.subsystems().index)
    raise Unsupported(
        f"a hierarchy with {wanted} subsystems that nothing else uses",
        f"only {', '.join(found) or 'none'} of {', '.join(SPARE)} can be mounted here",
        "use the VM: vagrant up",
    )


def _let_go(hierarchies: set[str]) -> None:
    """Mount and unmount a hierarchy that is mounted nowhere: if no cgroup is left in it, the kernel then removes it."""
    for hierarchy in hierarchies:
        if set(hierarchy.split(",")) & set(SPARE):
            # One whose cgroups are in use stays, and is not free; whoever asks for it is told.
            with Mounts() as mounts, contextlib.suppress(OSError):
                mounts.mount(hierarchy, settle=False)
