"""A process with ids of its own choice in a user namespace (user_namespaces(7))."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from random import Random

from nslab.course.checking import look
from nslab.course.checking.exercise import Exercise
from nslab.course.checking.nearest import listed, nearest
from nslab.course.checking.outcome import Finding, NotBegun
from nslab.course.checking.scene import Scene

NOTHING = (
    "In which kind of namespace has a process other ids than outside? Lesson 07 has it.",
    "uid_map says which id inside is which outside: first inside, first outside, how many. gid_map does the same.",
    "nslab.Sandbox(user=True, uid_map=[(inside, os.getuid(), 1)], gid_map=[(inside, os.getgid(), 1)]), in a variable.",
)
NUMBER = (
    "65534 is what an id is called that is in no line of the map. Which file translates this one?",
    "The first number of a line is the id inside, and the second the one outside: yours. A map is written once.",
    "A new one: unshare --user --map-user=UID --map-group=GID, or uid_map and gid_map of nslab.Sandbox.",
)
ANOTHER = (NOTHING[0], *NUMBER)
OUTSIDE = (
    "The process is somebody else on the machine. What it makes would not be yours.",
    "The second number of the map's line is to be your own uid, as `id -u` prints it.",
)


class Task(Exercise):
    """The check reads the ids of processes in user namespaces that the learner made, and takes the nearest."""

    lesson = "07"
    place = 1
    namespaces = ("user",)

    def values(self, draw: Random) -> Mapping[str, str | int | float]:
        uid, gid = draw.sample(range(2000, 60000), 2)
        return {"uid": uid, "gid": gid}

    def check(self, scene: Scene) -> Iterable[Finding]:
        others = {
            (each.ns["user"], each.uid): each.pid for each in look.processes() if look.is_own_user_namespace(each)
        }
        found = [_seen(pid, scene) for pid in others.values()]
        best = nearest(found, "uid", "gid")
        if not best:
            looked = "the ids of processes in user namespaces that you have made"
            wanted = f"uid {scene.values['uid']}, gid {scene.values['gid']}"
            there = listed((f"uid {uid.found}, gid {gid.found}" for uid, gid, _ in found), "no process is in one")
            raise NotBegun(looked, wanted, there, *(ANOTHER if found else NOTHING))
        return best


def _seen(pid: int, scene: Scene) -> list[Finding]:
    inside, outside = look.ids(pid), look.ids(pid, os.getpid())[0]
    findings = [
        Finding(which, f"the {which} of process {pid} in its own user namespace", str(scene.values[which]), str(number),
                number == scene.values[which], NUMBER)
        for which, number in zip(("uid", "gid"), inside, strict=True)
    ]  # fmt: skip
    return [*findings, Finding("outside", f"the uid of process {pid} on the machine", str(os.geteuid()), str(outside),
                               outside == os.geteuid(), OUTSIDE)]  # fmt: skip
