"""`nslab.Cgroup`: a control group, its knobs, what the kernel counts for it, and processes that start inside."""

from __future__ import annotations

import contextlib
import itertools
import os
import re
import socket
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from nslab.cgroups import SPARE
from nslab.cgroups.core import knobs
from nslab.cgroups.core.knobs import KNOBS
from nslab.cgroups.core.location import Where, checked_subsystem, home, session_directory, where
from nslab.cgroups.core.mounts import Mounts
from nslab.cgroups.core.statistics import Statistics
from nslab.cgroups.core.terms import Files
from nslab.cgroups.core.versions import VERSIONS, checked_version, enable
from nslab.cgroups.core.written import in_force
from nslab.errors import Unsupported
from nslab.lab.client import rerun
from nslab.lab.client.child import Child
from nslab.lab.client.interrupts import held_back
from nslab.lab.client.place import Place
from nslab.lab.power import limits, privilege
from nslab.lab.server.prepare import Setup
from nslab.lab.upkeep import cgroup_cleanup, numbers
from nslab.linux import cgroupfs, files, trace

_names = map("cgrp{}".format, itertools.count(1))
"""Names for groups that were given none. Names that a learner has taken are skipped."""
WRITTEN = ("cgroup", "file", "value")


class Cgroup(Place, Statistics, knobs.Knobs):
    """A context manager that holds one cgroup: one directory in each hierarchy that its subsystems are in.

        with nslab.Cgroup("cpu", "memory", weight=300, memory_max="64M") as group:
            group.run("stress …")

    Subsystems go by their names in /proc/cgroups; without any, those that the knobs need. Knobs are keywords here and
    attributes later: `weight`, `quota` (percent of one CPU), `cpus`, `memory_max`, `memory_high`, `swap_max`,
    `pids_max`, `io_max`. `written` tells which file got which value. `child()` makes a cgroup inside this one.
    `version` 1 or 2 asks for that version of cgroups where the machine has both. A cell that runs again ends the cgroup
    that it had given the same `name`.

    What `run`, `call`, `clone` and `sandbox` make starts inside. The end of the block kills what is left in it and
    removes it. Raises TypeError and ValueError for values that are not allowed, before anything is made, and
    `nslab.Unsupported` where this machine cannot. Source: cgroups(7).
    """

    def __init__(self, *subsystems: str, name: str | None = None, parent: Cgroup | None = None,
                 version: int | None = None, places: Sequence[Where] = (), **settings: Any) -> None:  # fmt: skip
        super().__init__()
        self.directories: dict[str, str] = {}
        numbers.check()
        self.written: list[tuple[str, str, str]] = []
        self.children: list[Cgroup] = []
        self.parent = parent
        self._mounts: Mounts | None = None
        self._owner = os.getpid()
        self._killed = False
        self.name = checked_name("name", name) if name is not None else ""
        if parent is not None and not isinstance(parent, Cgroup):
            raise TypeError(f"parent={parent!r}: give a Cgroup, in which this one is to be")
        version = checked_version(version)
        wanted = _checked_subsystems(subsystems, settings, parent, places)
        checked = {key: KNOBS[key].check(key, value) for key, value in settings.items()}
        if name is not None:
            rerun.end_earlier(self, name, parent)
        try:
            self._places = {p.subsystem: p for p in self._find(wanted, version, places)}
            self._make()
            for key, value in checked.items():
                KNOBS[key].put(self, value)
        except BaseException:
            self.close()
            raise

    # -- what a learner asks ---------------------------------------------------------------------------

    def child(self, name: str | None = None, **settings: Any) -> Cgroup:
        """Make a cgroup inside this one, with the same subsystems. In v2 this one must have no processes then."""
        self._check_there()
        made = Cgroup(name=name, parent=self, **settings)
        self.children.append(made)
        return made

    def add(self, pid: int) -> None:
        """Move a process in. Raises ProcessLookupError, PermissionError, and OSError (EBUSY) as the kernel answers;
        ValueError for what is no pid, and for this process itself. What nslab has not made is moved out again, and not
        killed, when the cgroup ends; kill() is for all that is in it.
        """
        if isinstance(pid, bool) or not isinstance(pid, int) or pid < 1:
            raise ValueError(f"pid={pid!r}: give the number of a process, 1 or more")
        if pid == os.getpid():
            raise ValueError(
                f"pid={pid} is this process itself, which kill(), freeze() and the limits would meet as well: "
                "run(), call() and clone() start others inside"
            )
        self._check_there()
        for directory in self._unique:
            cgroupfs.add(directory, pid)

    @property
    def procs(self) -> list[int]:
        """The processes in this cgroup, without those of its children (cgroup.procs)."""
        self._check_there()
        return cgroupfs.members(self._unique[0])

    def freeze(self) -> None:
        """Stop all that runs in it, and wait until the kernel says that it has (freezer.state, cgroup.freeze)."""
        self._freeze(True)

    def thaw(self) -> None:
        """Let it run again."""
        self._freeze(False)

    @property
    def frozen(self) -> bool:
        """Whether all in it is stopped (freezer.state; `frozen` of cgroup.events)."""
        return bool(knobs.FROZEN.of(self))

    def kill(self) -> None:
        """Kill all that is in it and below (cgroup.kill; in v1 SIGKILL to each)."""
        self._killed = True
        for directory in self._unique:
            cgroup_cleanup.kill_all(directory)

    def version(self, subsystem: str, wanted: str = "") -> int:
        """The version of cgroups (1 or 2) that a subsystem of this group is in. Raises ValueError if it is not."""
        return self.place(subsystem, wanted).version

    def place(self, subsystem: str, wanted: str = "") -> Where:
        """Where the groups of a subsystem of this group are. Raises ValueError if it has no such subsystem."""
        if subsystem not in self._places:
            needs = f"{wanted} needs the subsystem {subsystem}: Cgroup('{subsystem}', …). "
            raise ValueError(f"{needs}This one has {', '.join(self._places)}")
        return self._places[subsystem]

    def path(self, subsystem: str, file: str = "") -> str:
        """The directory of this group in a subsystem's hierarchy, or a file in it."""
        self.version(subsystem, file or "path")
        self._check_there()
        return f"{self.directories[subsystem]}/{file}" if file else self.directories[subsystem]

    def read(self, subsystem: str, file: str) -> str:
        """The text of one of its files. Raises OSError."""
        return files.read(self.path(subsystem, file))

    def write(self, subsystem: str, wanted: Files) -> None:
        """Write files of a subsystem and note it in `written`. Raises OSError with the file and the value."""
        for file, text in wanted:
            files.write(self.path(subsystem, file), text)
            self.written = in_force(self.written, (self.name, file, text))

    def close(self) -> None:
        """Kill what nslab has made in it, move out what it has not, and remove it with its children."""
        if self._owner != os.getpid():
            return
        with held_back(), trace.plumbing():
            # In v1 what is frozen in one hierarchy dies only when it is thawed, and keeps the others busy until then.
            for directory in self._unique:
                cgroup_cleanup.end_all(directory)
            for child in self.children:
                child.close()
            left = [directory for directory in self._unique if not cgroup_cleanup.remove(directory)]
            if self.parent is None:
                for directory in self._unique:
                    with contextlib.suppress(OSError):
                        cgroupfs.remove(os.path.dirname(directory))  # the session's, if this was its last
            self.directories = {name: each for name, each in self.directories.items() if each in left}
            if left:
                warnings.warn(
                    f"the cgroup {self.name} is still there ({', '.join(left)}): thaw() the one that it is in and "
                    "close() it again; at the latest it goes with the notebook",
                    RuntimeWarning,
                    stacklevel=2,
                )
            if self._mounts is not None:
                self._mounts.close()
                self._mounts = None

    # -- how it is made --------------------------------------------------------------------------------

    def spawn(self, setup: Setup, task: Any, **how: Any) -> Child:
        """Make one process that starts inside; see Place.spawn."""
        self._check_there()
        clones_into = {self.directories[name]: place.rules.clones_into for name, place in self._places.items()}
        join = dict.fromkeys(directory for directory, can in clones_into.items() if not can)
        into = next((directory for directory, can in clones_into.items() if can), "")
        if into and self._was_killed:
            # Some kernels (6.1) kill whatever is cloned into a cgroup whose cgroup.kill was ever written.
            join, into = {**join, into: None}, ""
        return home().spawn(setup._replace(join=tuple(join), into=into), task, **how)

    def _control(self) -> socket.socket:
        return home()._control()

    @property
    def known(self) -> list[str]:
        """Where the fork server imports from."""
        return home().known

    def why_ended(self) -> str:
        """Why what makes its processes has ended: that is the host's, or the scope's."""
        return home().why_ended()

    @property
    def ns(self) -> dict[str, int]:
        """Namespace type → inode number: a cgroup has those of the host."""
        return home().ns

    @property
    def _was_killed(self) -> bool:
        """Whether kill() was called for this group, or for one above it."""
        return self._killed or (self.parent is not None and self.parent._was_killed)

    @property
    def _unique(self) -> list[str]:
        return list(dict.fromkeys(self.directories.values()))

    def _find(self, wanted: list[str], version: int | None, places: Sequence[Where]) -> list[Where]:
        if self.parent is not None:
            return [self.parent._places[name] for name in wanted]
        if places:
            return list(places)
        found = []
        for name in wanted:
            try:
                found.append(where(name, version))
            except Unsupported:
                mountable = name in SPARE and (version is None or VERSIONS[version].mountable)
                may_mount = mountable and privilege.rules_the_machine("CAP_SYS_ADMIN")
                if not may_mount or name not in cgroupfs.subsystems():
                    raise
                self._mounts = self._mounts or Mounts()
                found.append(self._mounts.where(name, self._mounts.mount(name)))
        return found

    def _check_there(self) -> None:
        if not self.directories:
            raise ProcessLookupError(f"the cgroup {self.name} is gone: make a new one")

    def _make(self) -> None:
        all_above = {
            subsystem: self.parent.directories[subsystem] if self.parent else session_directory(place)
            for subsystem, place in self._places.items()
        }
        if not self.name:
            self.name = next(
                name for name in _names if not any(os.path.isdir(f"{above}/{name}") for above in all_above.values())
            )
        for subsystem, place in self._places.items():
            above = all_above[subsystem]
            if self.parent:
                enable(above, place.to_enable)
            directory = f"{above}/{self.name}"
            if directory not in self.directories.values():
                self._make_one(place, above, directory)
            self.directories[subsystem] = directory
            # The session's directory is new as well when this is its first group.
            place.rules.furnish(subsystem, above)
            place.rules.furnish(subsystem, directory)

    def _make_one(self, place: Where, above: str, directory: str) -> None:
        try:
            cgroupfs.make(directory)
        except FileNotFoundError:
            # The session's directory was removed at this very moment, with another group, its last one.
            session_directory(place)
            cgroupfs.make(directory)
        except FileExistsError:
            raise ValueError(f"name={self.name!r} is taken in {above}: choose another, or end the first") from None

    def _freeze(self, on: bool) -> None:
        self.version("freezer", "freeze()")
        knobs.FROZEN.set(self, on)
        if not cgroup_cleanup.wait_until(lambda: self.frozen == on):
            did = "freeze" if on else "thaw"
            above = limits.frozen(limits.upwards(os.path.dirname(self.path("freezer")))) if not on else ""
            why = f"{above}, which is above it, is frozen: thaw that" if above else f"see its processes {self.procs}"
            raise TimeoutError(f"the cgroup {self.name} did not {did}: {why}")

    def __enter__(self) -> Cgroup:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        # A cell that makes a group again under the same variable drops the old one.
        if getattr(self, "directories", None):
            self.close()

    def __repr__(self) -> str:
        where_to = ", ".join(self._unique) or "removed"
        what = "".join(f"\n  {file} = {value}" for _, file, value in self.written)
        return f"<nslab cgroup {self.name}: {where_to}>{what}"

    def _repr_html_(self) -> str:
        from nslab.show import html

        return html.table(f"cgroup {self.name}", WRITTEN, self.written, ", ".join(self._unique) or "removed")


def _checked_subsystems(subsystems: tuple[str, ...], settings: dict[str, Any], parent: Cgroup | None,
                        places: Sequence[Where]) -> list[str]:  # fmt: skip
    for key in settings:
        if key not in KNOBS:
            raise TypeError(f"{key}={settings[key]!r}: there is no such knob; choose from {', '.join(KNOBS)}")
    given = [checked_subsystem(name) for name in subsystems] or [place.subsystem for place in places]
    if parent is not None and not given:
        given = list(parent.directories)
    needed = [KNOBS[key].subsystem for key in settings]
    if not given:
        given = needed
    for key in settings:
        if KNOBS[key].subsystem not in given:
            raise ValueError(
                f"{key}={settings[key]!r} needs the subsystem {KNOBS[key].subsystem}; this one has {', '.join(given)}"
            )
    if not given:
        raise TypeError(f"name at least one subsystem: {', '.join(sorted(cgroupfs.subsystems()))}")
    return list(dict.fromkeys(given))


def checked_name(argument: str, name: object) -> str:
    """Return the name of a cgroup. Raises ValueError naming it."""
    if not isinstance(name, str) or not re.fullmatch(r"[a-zA-Z0-9][a-zA-Z0-9_-]{0,31}", name):
        raise ValueError(f"{argument}={name!r}: give 1 to 32 letters, digits, '-' and '_', a letter or digit first")
    return name


def checked_groups(argument: str, groups: object, values: str, check: Callable[[str, object], Any], least: int,
                   most: int, example: Mapping[str, object]) -> dict[str, Any]:  # fmt: skip
    """Return names of groups → their `values`, each as `check(name, value)` returns it.

    Raises ValueError for what is no mapping of `least` to `most` names of cgroups, and what `check` raises.
    """
    if not isinstance(groups, Mapping) or not least <= len(groups) <= most:
        raise ValueError(f"{argument}={groups!r}: give {least} to {most} groups with their {values}, such as {example}")
    return {checked_name(argument, name): check(name, value) for name, value in groups.items()}
