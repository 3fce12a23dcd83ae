"""What v1 and v2 of cgroups do differently, where it is more than another file: one class each, the same operations.

Which file has what is in quantities.py and knobs.py. Source: cgroups(7), cgroup-v2.rst, cpuset(7).
"""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping, Sequence

from nslab.errors import Unsupported
from nslab.lab.power import delegation
from nslab.lab.upkeep import journal, leaf
from nslab.linux import cgroupfs, files


class Version:
    """How one version of cgroups behaves."""

    number: int
    clones_into: bool
    """Whether clone3(2) can make a process inside a cgroup. If not, the process is moved there while it waits."""
    kills_frozen: bool
    """Whether a frozen process dies of SIGKILL at once. If not, it dies when it is thawed."""
    throttles_below: bool
    """Whether a limit on a disk holds for the cgroups below, too (blkio-controller.rst). If not, only its own."""
    mountable: bool
    """Whether a hierarchy can be mounted with some of the subsystems alone."""
    where_to_find: str
    """What a person does who needs this version."""

    def hierarchy(self, subsystem: str) -> str:
        """What names the subsystem's hierarchy among the words of a line of /proc/PID/cgroup."""
        raise NotImplementedError

    def to_enable(self, controller: str) -> tuple[str, ...]:
        """What has to be enabled for a cgroup's children, so that they have that controller."""
        raise NotImplementedError

    def furnish(self, subsystem: str, directory: str) -> None:
        """Give a new cgroup what it needs before it can take a process."""
        raise NotImplementedError


class V1(Version):
    number = 1
    clones_into = False
    kills_frozen = False
    throttles_below = False
    mountable = True
    where_to_find = "use a machine that has it in v1 (boot with systemd.unified_cgroup_hierarchy=0)"

    def hierarchy(self, subsystem: str) -> str:
        return subsystem

    def to_enable(self, controller: str) -> tuple[str, ...]:
        return ()

    def furnish(self, subsystem: str, directory: str) -> None:
        """A new cpuset is empty, and takes no process before it has CPUs and memory nodes (cpuset(7))."""
        for file in ("cpuset.cpus", "cpuset.mems") if subsystem == "cpuset" else ():
            if not files.read(f"{directory}/{file}"):
                files.write(f"{directory}/{file}", files.read(f"{os.path.dirname(directory)}/{file}"))


class V2(Version):
    number = 2
    clones_into = True
    kills_frozen = True
    throttles_below = True
    mountable = False
    where_to_find = "use a machine with cgroup v2 (vagrant up)"

    def hierarchy(self, subsystem: str) -> str:
        return ""

    def to_enable(self, controller: str) -> tuple[str, ...]:
        return (controller,) if controller else ()

    def furnish(self, subsystem: str, directory: str) -> None:
        """It has what its parent has."""


VERSIONS: Mapping[int, Version] = {each.number: each for each in (V1(), V2())}


def checked_version(version: object) -> int | None:
    """Return 1, 2, or None for the one that is there. Raises ValueError naming it."""
    if version is None:
        return None
    if isinstance(version, bool) or not isinstance(version, int) or version not in VERSIONS:
        raise ValueError(f"version={version!r}: choose 1 or 2, or None for the one that is there")
    return version


def enable(directory: str, wanted: Sequence[str], session: str | None = None) -> None:
    """Give the children of a cgroup of v2 these controllers (cgroup.subtree_control), as far as they lack them.

    With `session` the change is undone when that session ends. Raises `nslab.Unsupported` where a process in the
    cgroup forbids it ("no internal processes", cgroups(7)), OSError.
    """
    missing = [c for c in wanted if c not in cgroupfs.controllers(directory, "subtree_control")]
    if not missing:
        return
    file, text = f"{directory}/cgroup.subtree_control", " ".join(f"+{c}" for c in missing)
    if session and _has_members(directory):
        leaf.make_room(directory, " ".join(missing))
    try:
        if session and not _others(directory):
            journal.change(session, file, text, " ".join(f"-{c}" for c in missing))
        else:
            files.write(file, text)
    except OSError as e:
        if e.errno == errno.EBUSY and _has_members(directory):
            raise leaf.busy(directory, " ".join(missing), cgroupfs.members(directory)) from e
        raise Unsupported(
            f"a cgroup with {' '.join(missing)} below {directory}",
            str(e.strerror),
            delegation.mend(),
        ) from e


def _has_members(directory: str) -> bool:
    # The root of v2 is exempt from the rule of no internal processes; every other cgroup has a type.
    return os.path.exists(f"{directory}/cgroup.type") and bool(cgroupfs.members(directory))


def _others(directory: str) -> bool:
    """Whether there are cgroups of somebody else's, who may need the same controllers by now."""
    names = (entry.name for entry in os.scandir(directory) if entry.is_dir())
    return any(not name.startswith("nslab-") for name in names)
