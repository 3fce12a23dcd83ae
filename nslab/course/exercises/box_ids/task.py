"""Root of a user namespace, who is somebody else outside (user_namespaces(7))."""

from __future__ import annotations

from collections.abc import Iterator

from nslab.course.checking import look
from nslab.course.checking.container import Step, own
from nslab.course.checking.look import Process
from nslab.course.checking.outcome import Finding
from nslab.course.checking.scene import Scene
from nslab.linux import process

MAP = (
    "Which namespace says what a number of a user means, and which file says how it is translated?",
    "CLONE_NEWUSER. Then the parent writes /proc/PID/uid_map and gid_map; an ordinary user first `deny` to setgroups.",
)
INSIDE = (
    "Who is in no map has the number 65534. Which lines are in /proc/PID/uid_map?",
    "`0 OUTSIDE COUNT`: 0 inside is OUTSIDE. What was root before takes its new number by setresuid(0, 0, 0).",
)
OUTSIDE = (
    "The map says 0 is 0: root of the namespace owns whatever root of the machine owns.",
    "Map 0 to a number that nobody on this machine has, such as 131072.",
)


class Task(Step):
    """Its uid is read twice: as a process inside numbers it, and as this one does."""

    place = 7
    namespaces = ("user",)

    def look_at(self, inside: Process, scene: Scene) -> Iterator[Finding]:
        yield own("user", inside, MAP)
        uid, gid = look.ids(inside.pid, inside.pid)
        looked = f"uid and gid of process {inside.pid}, as it numbers them"
        yield Finding("inside", looked, "0 and 0", f"{uid} and {gid}", (uid, gid) == (0, 0), INSIDE)
        outside = int(process.status(inside.pid)["Uid"].split()[1])
        yield Finding("outside", "its uid as the machine numbers it", "not 0", str(outside), outside != 0, OUTSIDE)
