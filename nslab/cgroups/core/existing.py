"""Cgroups that somebody has made, by their directories: where a process is, and what is set and counted there."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import Any

from nslab.cgroups.core import knobs
from nslab.cgroups.core.location import NAME_IN_V2
from nslab.cgroups.core.statistics import Statistics
from nslab.cgroups.core.versions import VERSIONS
from nslab.linux import cgroupfs, files


class Group(Statistics, knobs.Knobs):
    """A cgroup that somebody has made, by its directories: subsystem → (version, directory).

    It has the knobs and the statistics of `nslab.Cgroup`, to be read.
    """

    frozen = knobs.FROZEN

    def __init__(self, directories: dict[str, tuple[int, str]]) -> None:
        self.directories = directories

    def version(self, subsystem: str, wanted: str = "") -> int:
        """The version of cgroups that a subsystem of it is in. Raises ValueError if it has no such subsystem."""
        if subsystem not in self.directories:
            raise ValueError(
                f"{wanted or 'this'} needs the subsystem {subsystem}; there is {', '.join(self.directories)}"
            )
        return self.directories[subsystem][0]

    def path(self, subsystem: str, file: str = "") -> str:
        """Its directory in a subsystem's hierarchy, or a file in it."""
        self.version(subsystem, file)
        directory = self.directories[subsystem][1]
        return f"{directory}/{file}" if file else directory

    def read(self, subsystem: str, file: str) -> str:
        """The text of one of its files. Raises OSError."""
        return files.read(self.path(subsystem, file))

    def procs(self, subsystem: str) -> list[int]:
        """The processes in it, without those further below."""
        return cgroupfs.members(self.path(subsystem))

    def all_procs(self, subsystem: str) -> list[int]:
        """The processes in it and in all cgroups below it."""
        found = []
        for directory in cgroupfs.tree(self.path(subsystem)):
            # Somebody has removed it meanwhile.
            with contextlib.suppress(FileNotFoundError):
                found += cgroupfs.members(directory)
        return sorted(set(found))

    def below(self, subsystem: str) -> list[Group]:
        """The cgroups directly inside it."""
        version, top = self.directories[subsystem]
        inner = (f"{top}/{name}" for name in sorted(os.listdir(top)))
        return [Group({subsystem: (version, each)}) for each in inner if os.path.isdir(each)]

    def upwards(self, subsystem: str) -> Iterator[Group]:
        """It, and the cgroups above it, up to where the hierarchy is mounted; the top itself has no limits."""
        version, directory = self.directories[subsystem]
        points = set(cgroupfs.mount_points().values())
        while directory not in points and len(directory) > 1:
            yield Group({subsystem: (version, directory)})
            directory = os.path.dirname(directory)

    def least(self, subsystem: str, name: str) -> Any:
        """The smallest of a limit ("memory_max", "pids_max", "quota") on the way up; None where there is none."""
        found = [getattr(group, name) for group in self.upwards(subsystem) if _has(group, subsystem, name)]
        return min((each for each in found if each is not None), default=None)

    def io_limit(self, device: str, key: str) -> int | None:
        """The smallest limit on a disk ("7:0", "wbps") that holds for what is in it; None where there is none."""
        groups = self.upwards("blkio") if VERSIONS[self.version("blkio")].throttles_below else (self,)
        found = [group.io_max.get(device, {}).get(key) for group in groups if _has(group, "blkio", "io_max")]
        return min((each for each in found if each), default=None)


def _has(group: Group, subsystem: str, name: str) -> bool:
    return bool(knobs.KNOBS[name].is_there(group)) if name in knobs.KNOBS else True


def group_of(pid: int, *subsystems: str) -> Group:
    """The cgroups that a process is in now (proc_pid_cgroup(5)). Raises OSError, ValueError for what is not mounted."""
    points, paths = cgroupfs.mount_points(), cgroupfs.paths(pid)
    found = {}
    for subsystem in subsystems:
        for hierarchy, path in paths.items():
            controllers = () if hierarchy or hierarchy not in points else cgroupfs.controllers(points[hierarchy])
            in_v1 = subsystem in hierarchy.split(",")
            in_v2 = not hierarchy and (
                NAME_IN_V2.get(subsystem, subsystem) in controllers or not _in_a_v1(subsystem, paths)
            )
            if hierarchy in points and (in_v1 or in_v2):
                found[subsystem] = (1 if in_v1 else 2, (points[hierarchy] + path).rstrip("/"))
        if subsystem not in found:
            raise ValueError(f"subsystem={subsystem!r}: no hierarchy that has it is mounted")
    return Group(found)


def _in_a_v1(subsystem: str, paths: dict[str, str]) -> bool:
    return any(subsystem in hierarchy.split(",") for hierarchy in paths)
