"""A scene as somebody finds it who did not make it: who is in it, where, and whether it is still whole."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Any

from nslab.course.checking.look import Group
from nslab.lab.upkeep import session
from nslab.linux import process

Values = dict[str, str | int | float]


@dataclass(frozen=True)
class Member:
    """A process of the scene: the first one of a sandbox, or one that runs by itself. `name` is for `nslab enter`."""

    pid: int
    name: str = ""
    may_end: bool = False


@dataclass(frozen=True)
class Scene:
    """What there is: `values` are the seed's, `members` are role → process, `groups` role → subsystem → (version,
    directory), `notes` what was found out when it was made. `told` are the roles of the groups that the card names;
    `answer` is what the learner has answered.
    """

    values: Values
    session: str = ""
    members: dict[str, Member] = field(default_factory=dict)
    groups: dict[str, dict[str, tuple[int, str]]] = field(default_factory=dict)
    notes: dict[str, Any] = field(default_factory=dict)
    given: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
    answer: str = ""

    def pid(self, role: str) -> int:
        """The number of a process of the scene, as this machine counts."""
        return self.members[role].pid

    def group(self, role: str) -> Group:
        """A cgroup of the scene."""
        return Group(self.groups[role])

    def answered(self, exercise: str) -> str:
        """The answer as the name of a group: also where it is the group's directory, or its path as the card has it."""
        return self.answer.strip().rstrip("/").rpartition("/")[2].removeprefix(f"{exercise}-")

    @property
    def names(self) -> dict[str, str]:
        """Directory of a cgroup → what the card calls it."""
        return {directory: role for role in self.told for _, directory in self.groups[role].values()}

    @property
    def missing(self) -> list[str]:
        """What has become of the parts of the scene that are not there any more, each in a clause."""
        ended = [
            f"the sandbox {each.name} has ended" if each.name else f"the process {each.pid} ({role}) has ended"
            for role, each in self.members.items()
            if not each.may_end and not self._lives(each.pid)
        ]
        gone = [
            f"the cgroup {directory} was removed"
            for group in self.groups.values()
            for directory in dict.fromkeys(directory for _, directory in group.values())
            if not os.path.isdir(directory)
        ]
        return ended + gone

    def _lives(self, pid: int) -> bool:
        """Whether the process with this number carries the scene's mark, and runs."""
        try:
            marks = session.marks_of(f"/proc/{pid}")
            # Empty: it becomes another program at this moment.
            ours = not marks or session.session_of(marks) in (self.session, self.notes.get("scope"))
            return ours and process.runs(pid)
        except OSError:
            return False

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        members = {role: [each.pid, each.name, each.may_end] for role, each in self.members.items()}
        return {"values": self.values, "session": self.session, "members": members, "groups": self.groups,
                "notes": self.notes, "given": list(self.given), "told": list(self.told)}  # fmt: skip

    @classmethod
    def from_dict(cls, plain: dict[str, Any]) -> Scene:
        """The scene again, from what to_dict() has returned."""
        groups = {
            role: {subsystem: (version, directory) for subsystem, (version, directory) in group.items()}
            for role, group in plain["groups"].items()
        }
        members = {role: Member(*each) for role, each in plain["members"].items()}
        given, told = tuple(plain["given"]), tuple(plain["told"])
        return cls(plain["values"], plain["session"], members, groups, plain["notes"], given, told)
