"""Where the cgroups of a subsystem can be made on this machine: in which version, and below which directory."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass

from nslab.cgroups import ABOUT, SUBSYSTEMS
from nslab.errors import Unsupported, checked_choice
from nslab.lab.client.host import Host, host, scope_host
from nslab.lab.upkeep import cgroup_cleanup, journal
from nslab.linux import cgroupfs, files, trace

CORE = {name: about.core_file for name, about in ABOUT.items() if about.core_file}
"""What v1 has as subsystems, and every cgroup of v2 below the root has without a controller: subsystem → file."""
NAME_IN_V2 = {name: about.in_v2 for name, about in ABOUT.items() if about.in_v2}


@dataclass(frozen=True)
class Where:
    """One subsystem on this machine: `point` is where its hierarchy is mounted, `base` the directory below which
    cgroups may be made, `controller` its name in that hierarchy ("" where v2 needs none).
    """

    subsystem: str
    version: int
    point: str
    base: str
    controller: str


def checked_subsystem(name: object, argument: str = "subsystem") -> str:
    """Return the name of a subsystem as in /proc/cgroups ("io" is blkio's name in v2). Raises ValueError naming it."""
    if name == "io":
        return "blkio"
    return checked_choice(argument, name, sorted({*SUBSYSTEMS, *cgroupfs.subsystems()}))


def where(subsystem: str, version: int | None = None) -> Where:
    """Say where cgroups of a subsystem can be made; in v1 where it is mounted as that, else in v2.

    `version` 1 or 2 asks for one of them. Raises ValueError for an unknown subsystem, `nslab.Unsupported`.
    """
    name = checked_subsystem(subsystem)
    points = cgroupfs.mount_points()
    v1 = next((h for h in points if name in h.split(",")), None)
    if v1 is not None and version != 2:
        return Where(name, 1, points[v1], _base(points[v1], v1, name), name)
    if "" in points and version != 1:
        base = _base(points[""], "", name)
        controller = NAME_IN_V2.get(name, name)
        if controller in cgroupfs.controllers(base):
            return Where(name, 2, points[""], base, controller)
        if name in CORE:
            return Where(name, 2, points[""], base, "")
        if controller in cgroupfs.controllers(points[""]):
            raise Unsupported(
                f"a cgroup of the subsystem {name}",
                f"{controller} is not delegated to uid {os.geteuid()} (it is not in {base}/cgroup.controllers)",
                cgroup_cleanup.DELEGATE_ALL if "/user@" in base else cgroup_cleanup.DELEGATE,
            )
    raise _missing(name, version)


def _missing(name: str, version: int | None) -> Unsupported:
    asked = f" in version {version}" if version else ""
    if name not in cgroupfs.subsystems() and name in SUBSYSTEMS:
        return Unsupported(
            f"the subsystem {name}{asked}", "this kernel was built without it (/proc/cgroups does not list it)",
            "use a distribution's own kernel, or the VM: vagrant up",
        )  # fmt: skip
    return Unsupported(
        f"the subsystem {name}{asked}",
        "no hierarchy that has it is mounted here",
        f"as root, mount it: mount -t cgroup -o {name} none DIRECTORY   (or use the VM: vagrant up)",
    )


def home() -> Host:
    """The host whose processes may be in cgroups of their own: this one, or one in a scope that systemd delegates."""
    points = cgroupfs.mount_points()
    if os.geteuid() == 0 or any(cgroup_cleanup.delegated(point, hierarchy) for hierarchy, point in points.items()):
        return host()
    return (scope_host() if "" in points else None) or host()


def _base(point: str, hierarchy: str, name: str) -> str:
    if os.geteuid() == 0 and os.access(point, os.W_OK):
        return point
    at = home()
    own = cgroup_cleanup.delegated(point, hierarchy, "self" if at is host() else at.keeper)
    if own:
        return own
    own = point + cgroupfs.paths()[hierarchy]
    raise Unsupported(
        f"a cgroup of the subsystem {name}", f"{own} is not delegated to uid {os.geteuid()} (it may not write there)",
        cgroup_cleanup.DELEGATE,
    )  # fmt: skip


def enable(directory: str, wanted: list[str], session: str | None = None) -> None:
    """Give the children of a cgroup of v2 these controllers (cgroup.subtree_control), as far as they lack them.

    With `session` the change is undone when that session ends. Raises `nslab.Unsupported` where a process in the
    cgroup forbids it ("no internal processes", cgroups(7)), OSError.
    """
    missing = [c for c in wanted if c and c not in cgroupfs.controllers(directory, "subtree_control")]
    if not missing:
        return
    file, text = f"{directory}/cgroup.subtree_control", " ".join(f"+{c}" for c in missing)
    if session and _has_members(directory):
        _move_to_leaf(directory)
    try:
        if session and not _others(directory):
            journal.change(session, file, text, " ".join(f"-{c}" for c in missing))
        else:
            files.write(file, text)
    except OSError as e:
        raise Unsupported(
            f"the controllers {' '.join(missing)} for the children of {directory}",
            f"{e.strerror}. In v2 a cgroup has processes or children with controllers, not both",
            cgroup_cleanup.DELEGATE,
        ) from e


def _has_members(directory: str) -> bool:
    # The root of v2 is exempt from the rule of no internal processes; every other cgroup has a type.
    return os.path.exists(f"{directory}/cgroup.type") and bool(cgroupfs.members(directory))


def _others(directory: str) -> bool:
    """Whether somebody else's cgroups are there, who may have come to want the same controllers."""
    names = (entry.name for entry in os.scandir(directory) if entry.is_dir())
    return any(not name.startswith("nslab-") for name in names)


def _move_to_leaf(directory: str) -> None:
    """Move what runs in a delegated cgroup, which is nslab and what started it, into a child of it."""
    leaf = f"{directory}/{cgroup_cleanup.LEAF}"
    with contextlib.suppress(FileExistsError):
        cgroupfs.make(leaf)
    for pid in filter(None, cgroupfs.members(directory)):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            cgroupfs.add(leaf, pid)


def session_directory(place: Where) -> str:
    """The session's directory in a hierarchy, below which its cgroups are; made when missing."""
    with trace.plumbing():
        return _session_directory(place, home().session)


def _session_directory(place: Where, session: str) -> str:
    directory = f"{place.base}/{cgroup_cleanup.directory_name(session)}"
    if place.version == 2:
        enable(place.base, [place.controller], session)
    with contextlib.suppress(FileExistsError):
        cgroupfs.make(directory)
    if place.version == 2:
        enable(directory, [place.controller])
    return directory
