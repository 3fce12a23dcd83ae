"""nslab-own: where nslab's own processes go when they sit in a cgroup of v2 that is to have children with controllers.

A cgroup of v2 has processes or such children, not both (cgroups(7), "no internal processes rule"). Others that are
there stay where they are, and so does everything then. At the end of the session all of it is undone.
"""

from __future__ import annotations

import contextlib
import os
import shlex

from nslab.errors import Unsupported
from nslab.lab.power import delegation
from nslab.lab.upkeep import members
from nslab.lab.upkeep.cgroup_cleanup import LEAF, PREFIX
from nslab.linux import cgroupfs, process

SHOWN = 5
"""How many processes are named."""


def make_room(directory: str, controllers: str) -> None:
    """Move nslab's own processes out of a cgroup. Raises `nslab.Unsupported` if others are in it: then none moves."""
    pids = cgroupfs.members(directory)
    ours = members.of_nslab(filter(None, pids))
    others = [pid for pid in pids if pid not in ours]
    if others:
        raise busy(directory, controllers, others)
    leaf = f"{directory}/{LEAF}"
    # Another session in the same cgroup has made it.
    with contextlib.suppress(FileExistsError):
        cgroupfs.make(leaf)
    # What cannot be moved stays, and the kernel says EBUSY to the controllers: that is explained by busy().
    with contextlib.suppress(PermissionError):
        members.move(ours, directory, leaf)


def busy(directory: str, controllers: str, pids: list[int]) -> Unsupported:
    """Why a cgroup cannot give its children controllers: these processes are in it (0 is one that cannot be seen)."""
    beside = shlex.quote(f"{directory}/beside")
    return Unsupported(
        f"a cgroup with {controllers} below {directory}",
        "in v2 a cgroup has processes or children with controllers, not both, and there are " + named(pids),
        f"move them, if they are yours: mkdir {beside} && for p in $(cat {shlex.quote(directory)}/cgroup.procs); do "
        f"echo $p >{beside}/cgroup.procs; done   or {delegation.mend()}",
    )


def named(pids: list[int]) -> str:
    """Processes for a reader: name and number, and how many cannot be seen from here."""
    shown = [f"{_name(pid)} ({pid})" for pid in pids if pid]
    words = shown[:SHOWN]
    if len(shown) > SHOWN:
        words.append(f"{len(shown) - SHOWN} more")
    if 0 in pids:
        words.append(f"{pids.count(0)} of another pid namespace, which cannot be seen from here")
    return ", ".join(words)


def _name(pid: int) -> str:
    try:
        return process.status(pid)["Name"]
    except (OSError, KeyError):
        return "process"


def leave() -> None:
    """Move what is in this process's leaf back to where it came from, and remove the leaf; not while others need it."""
    point, path = cgroupfs.mount_points().get(""), cgroupfs.paths().get("", "")
    if point is None or os.path.basename(path) != LEAF:
        return
    leaf = point.rstrip("/") + path
    above = os.path.dirname(leaf)
    sessions = [entry for entry in os.listdir(above) if entry.startswith(PREFIX) and entry != LEAF]
    if sessions or cgroupfs.controllers(above, "subtree_control"):
        return
    # Somebody still uses it: then it stays for him, and the next one to leave takes it away.
    with contextlib.suppress(OSError):
        members.move(filter(None, cgroupfs.members(leaf)), leaf, above)
        cgroupfs.remove(leaf)
