"""`nslab.cgroups.hierarchies()`: every mounted hierarchy with its subsystems, its cgroups, and who is in each."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from nslab.linux import cgroupfs, files

COLUMNS = ("hierarchy", "version", "subsystems", "cgroups", "processes", "this process is in", "mounted at")


@dataclass(frozen=True)
class Group:
    """One cgroup: its path from the root of its hierarchy, its own processes (not those of its children), and its
    children.
    """

    path: str
    procs: tuple[int, ...]
    children: tuple[Group, ...]

    def walk(self) -> Iterator[Group]:
        """This group and all below it, parents first."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True)
class Hierarchy:
    """One hierarchy: `id` as in /proc/self/cgroup (0 is v2's), its subsystems or its name, and the root of its tree.

    `own` is the path of the process that asked.
    """

    id: int
    version: int
    subsystems: tuple[str, ...]
    name: str
    point: str
    own: str
    root: Group

    @property
    def title(self) -> str:
        """Its name for a reader."""
        return self.name or ",".join(self.subsystems) or "no subsystems"

    @property
    def procs(self) -> int:
        """How many processes are in its cgroups."""
        return sum(len(group.procs) for group in self.root.walk())

    def find(self, path: str) -> Group:
        """The cgroup of that path. Raises KeyError."""
        for group in self.root.walk():
            if group.path == path:
                return group
        raise KeyError(f"path={path!r}: there is no such cgroup in the hierarchy {self.title}")


class Hierarchies(tuple[Hierarchy, ...]):
    """All hierarchies; as the last line of a cell it shows itself as a table, `diagram()` as a drawing."""

    def of(self, subsystem: str) -> Hierarchy:
        """The hierarchy that has a subsystem, or that name ("name=systemd"). Raises KeyError that lists them."""
        for hierarchy in self:
            if subsystem in hierarchy.subsystems or subsystem == hierarchy.name:
                return hierarchy
        raise KeyError(f"no hierarchy has {subsystem!r}; there are: {', '.join(h.title for h in self)}")

    def diagram(self, *subsystems: str, below: str = "/") -> Any:
        """A drawing of all, or of those that have these subsystems: each cgroup a box in its parent, with its tasks.

        `below` draws only the part of the tree under that path, where a hierarchy has it.
        """
        from nslab.show.cgdiagram import Diagram

        return Diagram(self.drawing(*subsystems, below=below))

    def drawing(self, *subsystems: str, below: str = "/") -> list[dict[str, Any]]:
        """What the drawing shows, as plain values."""
        chosen = [self.of(name) for name in subsystems] or list(self)
        return [_plain(hierarchy, below) for hierarchy in dict.fromkeys(chosen)]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {"hierarchies": [_plain(hierarchy) for hierarchy in self]}

    @property
    def _rows(self) -> list[tuple[Any, ...]]:
        return [(h.id, f"v{h.version}", h.title, sum(1 for _ in h.root.walk()), h.procs, h.own, h.point) for h in self]

    def __rich__(self) -> Any:
        from nslab.show import terminal

        return terminal.table("Cgroup hierarchies of this machine", COLUMNS, self._rows)

    def __repr__(self) -> str:
        from nslab.show import terminal

        return terminal.text(self.__rich__(), width=140)

    def _repr_html_(self) -> str:
        from nslab.show import html

        return html.table("Cgroup hierarchies of this machine", COLUMNS, self._rows)


def hierarchies(extra: Mapping[str, str] | None = None) -> Hierarchies:
    """Read every hierarchy that is mounted here as a whole; `extra` adds hierarchy → where else it can be read.

    Source: cgroups(7), /proc/self/cgroup, /proc/self/mountinfo.
    """
    points = {**cgroupfs.mount_points(), **(extra or {})}
    found = []
    for line in filter(None, files.read("/proc/self/cgroup").split("\n")):
        number, which, own = line.split(":", 2)
        if which not in points:
            continue
        point = points[which]
        name = which if which.startswith("name=") else ""
        names = cgroupfs.controllers(point) if not which else () if name else tuple(which.split(","))
        found.append(Hierarchy(int(number), 1 if which else 2, names, name, point, own, _read(point, "/")))
    return Hierarchies(sorted(found, key=lambda h: h.id))


def _read(point: str, path: str) -> Group:
    directory = point + path
    children = []
    with os.scandir(directory) as entries:
        names = sorted(entry.name for entry in entries if entry.is_dir(follow_symlinks=False))
    for name in names:
        try:
            children.append(_read(point, os.path.join(path, name)))
        except FileNotFoundError:
            continue  # it was removed meanwhile
    try:
        procs = tuple(sorted(cgroupfs.members(directory)))
    except OSError:
        procs = ()  # a threaded cgroup of v2 tells its threads only (cgroups(7), EOPNOTSUPP)
    return Group(path, procs, tuple(children))


def _plain(hierarchy: Hierarchy, below: str = "/") -> dict[str, Any]:
    try:
        root = hierarchy.find(below)
    except KeyError:
        root = hierarchy.root
    return {
        "id": hierarchy.id, "version": hierarchy.version, "subsystems": list(hierarchy.subsystems),
        "name": hierarchy.name, "title": hierarchy.title, "point": hierarchy.point, "own": hierarchy.own,
        "root": _plain_group(root),
    }  # fmt: skip


def _plain_group(group: Group) -> dict[str, Any]:
    return {
        "path": group.path,
        "procs": [[pid, _command(pid)] for pid in group.procs],
        "children": [_plain_group(child) for child in group.children],
    }


def _command(pid: int) -> str:
    try:
        # The kernel cuts the name after 15 bytes, which may be in the middle of a letter.
        return files.read(f"/proc/{pid}/comm").encode(errors="surrogateescape").decode(errors="replace")
    except OSError:
        return ""
