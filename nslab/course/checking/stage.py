"""What an exercise makes its scene with: sandboxes, cgroups and processes of nslab's own, which end with the stage."""

from __future__ import annotations

import contextlib
import random
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from nslab.cgroups.bench.disk import Disk, disk
from nslab.cgroups.core.group import Cgroup
from nslab.cgroups.core.location import home
from nslab.course.checking.scene import Member, Scene, Values
from nslab.errors import Unsupported
from nslab.lab.client.child import Child
from nslab.lab.client.host import host
from nslab.lab.client.place import Place
from nslab.lab.client.sandbox import Sandbox
from nslab.lab.server import inside
from nslab.lab.server.prepare import Setup
from nslab.lab.upkeep import cgroup_cleanup, registry
from nslab.linux.flags import CloneFlag

PATIENCE = 10.0
"""Seconds for what comes about in some hundredths, where nobody else wants the CPUs."""


class Stage:
    """A context manager: `exercise` is the name that those of its sandboxes begin with, `values` are the seed's.

    `draw` is for what the learner is to find out, and so is no value: it too comes from the seed.
    """

    def __init__(self, exercise: str, values: Values, seed: int | str) -> None:
        self.exercise = exercise
        self.values = values
        self.draw = random.Random(f"{exercise} scene {seed}")
        self.sandboxes: dict[str, Sandbox] = {}
        self.cgroups: dict[str, Cgroup] = {}
        self._members: dict[str, Member] = {}
        self._notes: dict[str, Any] = {}
        self._given: list[str] = []
        self._told: list[str] = []
        self._running: list[Child] = []
        self._end = contextlib.ExitStack()

    def sandbox(self, role: str, *, parent: Place | None = None, may_end: bool = False, told: bool = True,
                **options: Any) -> Sandbox:  # fmt: skip
        """A sandbox that learners enter by the name EXERCISE.ROLE; options as for `nslab.Sandbox`.

        Without `may_end` the scene counts as destroyed when it has ended; without `told` the card does not name it.
        """
        name = f"{self.exercise}.{role}"
        made = self._end.enter_context(Sandbox(name=name, parent=parent, **options))
        self.sandboxes[role] = made
        self._members[role] = Member(made.pid, name, may_end)
        if told:
            self.give(f"the sandbox `{name}` (process {made.pid}): `nslab enter {name}` opens a shell inside")
        return made

    def group(self, role: str, *subsystems: str, parent: Cgroup | None = None, told: bool = True,
              **knobs: Any) -> Cgroup:  # fmt: skip
        """A cgroup; subsystems and knobs as for `nslab.Cgroup`, inside `parent` where one is given."""
        made = Cgroup(*subsystems, name=f"{self.exercise}-{role}", parent=parent, **knobs)
        self._end.enter_context(made)
        self.cgroups[role] = made
        if told:
            directories = ", ".join(f"`{each}`" for each in dict.fromkeys(made.directories.values()))
            self.give(f"the cgroup *{role}*: {directories}")
            self._told.append(role)
        return made

    def process(self, role: str, command: Sequence[str], *, where: Place | None = None, may_end: bool = False,
                told: bool = True) -> Child:  # fmt: skip
        """A program that runs on, on the host or in a sandbox or cgroup."""
        made = (where or host()).spawn(Setup(cwd="/"), inside.Exec(tuple(command)))
        return self._kept(role, made, may_end, told)

    def call(self, role: str, function: Callable[..., Any], *flags: CloneFlag, where: Place | None = None,
             args: Sequence[Any] = (), may_end: bool = False, told: bool = True, **setup: Any) -> Child:  # fmt: skip
        """A process that runs a function of an importable module, and may have namespaces of its own."""
        made = (where or host()).clone(function, *flags, args=args, stream=False, **setup)
        return self._kept(role, made, may_end, told)

    def run(self, where: Place, command: str) -> None:
        """A shell command that makes a part of the scene; it ends where one of its lines fails. Raises Unsupported."""
        done = where.run(f"set -e\n{command}")
        if done.status:
            raise Unsupported(f"the scene of {self.exercise}", f"{command!r} fails: {done.stderr.strip()}",
                              "nslab doctor (it tells what this machine lacks)")  # fmt: skip

    def until(self, what: str, condition: Callable[[], bool], seconds: float = PATIENCE) -> None:
        """Wait until a part of the scene has come about. Raises TimeoutError, which tells `what` did not."""
        if not cgroup_cleanup.wait_until(condition, seconds):
            raise TimeoutError(f"{what} within {seconds:.0f} s, as others use the CPUs")

    def _kept(self, role: str, made: Child, may_end: bool, told: bool) -> Child:
        self._running.append(made)
        self._end.callback(made.kill)
        self._members[role] = Member(made.pid, "", may_end)
        if told:
            self.give(f"the process *{role}*: {made.pid}")
        return made

    def disk(self) -> Disk:
        """A disk to write to by its `path`: a loop device, or for an ordinary user a file on a disk that others use."""
        found = self._end.enter_context(disk())
        what = f"`{found.path}`, a file on it" if found.shared else "a loop device"
        self.give(f"the disk `{found.node}`, which the kernel knows as {found.numbers}: {what}")
        return found

    def directory(self) -> Path:
        """A directory for files of the scene, which goes with it."""
        made = registry.directory() / host().session / self.exercise
        made.mkdir(mode=0o700, parents=True)
        self._end.callback(shutil.rmtree, made, ignore_errors=True)
        return made

    def note(self, key: str, value: Any) -> None:
        """Keep what was found out while the scene was made, for the check; it must not tell the learner the answer."""
        self._notes[key] = value

    def give(self, line: str) -> None:
        """A line of Markdown for the card, of what is given."""
        self._given.append(line)

    def scene(self) -> Scene:
        """The scene as whoever checks it is told."""
        groups = {
            role: {name: (each.version(name), directory) for name, directory in each.directories.items()}
            for role, each in self.cgroups.items()
        }
        notes = {**self._notes, "scope": home().session} if groups else dict(self._notes)
        given, told = tuple(self._given), tuple(self._told)
        return Scene(self.values, host().session, dict(self._members), groups, notes, given, told)

    def close(self) -> None:
        """End all that was made here."""
        # From the top: in v1 what is frozen by a group above it ends only when that one is thawed.
        for group in self.cgroups.values():
            for directory in set(group.directories.values()) if group.parent is None else ():
                cgroup_cleanup.end_all(directory)
        self._end.close()

    def __enter__(self) -> Stage:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
