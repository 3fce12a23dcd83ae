"""Where the cgroups of a subsystem can be made on this machine: in which version, and below which directory."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from dataclasses import dataclass

from nslab.cgroups import ABOUT, SUBSYSTEMS
from nslab.cgroups.core.versions import VERSIONS, Version, enable
from nslab.errors import Unsupported, checked_choice
from nslab.lab.client.host import Host, host, scope_host
from nslab.lab.power import delegation, places, privilege
from nslab.lab.upkeep import cgroup_cleanup
from nslab.linux import cgroupfs, files, trace

CORE = {name: about.core_file for name, about in ABOUT.items() if about.core_file}
"""Subsystems of v1 that every cgroup of v2 below the root has without a controller → the file by which it has them."""
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

    @property
    def rules(self) -> Version:
        """How cgroups behave there."""
        return VERSIONS[self.version]

    @property
    def to_enable(self) -> tuple[str, ...]:
        """What has to be enabled for the children of a cgroup there, so that they have the subsystem."""
        return self.rules.to_enable(self.controller)

    def path_of(self, pid: int) -> str:
        """The cgroup of a process in this hierarchy, as /proc/PID/cgroup says. Raises OSError."""
        name = self.rules.hierarchy(self.subsystem)
        return next(path for hierarchy, path in cgroupfs.paths(pid).items() if name in hierarchy.split(","))


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
    for find in _FINDERS.values() if version is None else (_FINDERS[version],):
        place = find(name, points)
        if place is not None:
            return place
    raise _missing(name, version)


def _in_v1(name: str, points: Mapping[str, str]) -> Where | None:
    hierarchy = next((h for h in points if name in h.split(",")), None)
    if hierarchy is None:
        return None
    return Where(name, 1, points[hierarchy], _base(points[hierarchy], hierarchy, name), name)


def _in_v2(name: str, points: Mapping[str, str]) -> Where | None:
    if "" not in points:
        return None
    controller = NAME_IN_V2.get(name, name)
    # First: what nobody has here is not for anybody to delegate.
    if controller not in cgroupfs.controllers(points[""]) and name not in CORE:
        return None
    base = _base(points[""], "", name)
    if controller in cgroupfs.controllers(base):
        return Where(name, 2, points[""], base, controller)
    if name in CORE:
        return Where(name, 2, points[""], base, "")
    raise Unsupported(
        f"a cgroup of the subsystem {name}",
        f"{controller} is not delegated to uid {os.geteuid()} (it is not in {base}/cgroup.controllers)",
        delegation.mend(base),
    )


_FINDERS = {1: _in_v1, 2: _in_v2}
"""In the order of trying."""


def _missing(name: str, version: int | None) -> Unsupported:
    asked = f" in version {version}" if version else ""
    if name in cgroupfs.switched_off():
        line = files.read("/proc/cmdline")
        where_to = "cgroup_disable=" if "cgroup_disable=" in line else "by how this kernel was built or started"
        return Unsupported(
            f"the subsystem {name}{asked}",
            f"this kernel has it, and it is switched off ({where_to}; /proc/cgroups says enabled 0)",
            f"take cgroup_disable={name} from the kernel's command line, or add cgroup_enable={name} (on a Raspberry "
            "Pi in /boot/firmware/cmdline.txt), and restart the machine",
        )
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
    """The host whose processes may be put into cgroups: this one, or one in a scope that systemd delegates."""
    points = cgroupfs.mount_points()
    may_write = (os.access(point, os.W_OK) for point in points.values())
    if any(may_write) or any(cgroup_cleanup.delegated(point, hierarchy) for hierarchy, point in points.items()):
        return host()
    return (scope_host() if "" in points else None) or host()


def _base(point: str, hierarchy: str, name: str) -> str:
    if os.access(point, os.W_OK):
        return point
    at = home()
    own = cgroup_cleanup.delegated(point, hierarchy, "self" if at is host() else at.keeper)
    if own:
        return own
    what, own = f"a cgroup of the subsystem {name}", point + cgroupfs.paths()[hierarchy]
    mount = places.mount_of(point)
    if mount is not None and places.is_read_only(mount):
        why = f"the hierarchy is mounted read-only here (at {point}), as containers have it"
        raise Unsupported(what, why, delegation.mend_read_only(point))
    why = f"{own} is not delegated to uid {os.geteuid()} (it may not write there)"
    raise Unsupported(what, why, privilege.mend(machine=True) if os.geteuid() == 0 else delegation.mend())


def session_directory(place: Where) -> str:
    """The session's directory in a hierarchy, below which its cgroups are; made when missing."""
    with trace.plumbing():
        return _session_directory(place, home().session)


def _session_directory(place: Where, session: str) -> str:
    directory = f"{place.base}/{cgroup_cleanup.directory_name(session)}"
    enable(place.base, place.to_enable, session)
    # Another group of this session has made it.
    with contextlib.suppress(FileExistsError):
        cgroupfs.make(directory)
    enable(directory, place.to_enable)
    return directory
