"""A filesystem that lives on in a copied list of mounts (mount_namespaces(7), umount(2))."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from random import Random

from nslab.course.checking import look, words
from nslab.course.checking.exercise import Exercise
from nslab.course.checking.outcome import Finding
from nslab.course.checking.scene import Scene
from nslab.course.checking.stage import Stage

ROLES = ("web", "db", "cache")
HINTS = (
    "umount takes a mount out of one list. Who has got a copy of that list while the disk was mounted?",
    "Each process shows its own list in /proc/PID/mountinfo: look for the disk's name in those of all processes.",
    "nslab enter still-busy.NAME umount PLACE, in each service whose mountinfo has it, and at the place that it says.",
)


class Task(Exercise):
    """The check looks for the disk in the lists of all mount namespaces that this user may look at."""

    lesson = "06"
    place = 5
    kind = "mend"
    incident = True
    namespaces = ("mnt",)

    def values(self, draw: Random) -> Mapping[str, str | int | float]:
        return {"disk": words.name(draw)}

    def scene(self, stage: Stage) -> None:
        disk = stage.values["disk"]
        machine = stage.sandbox("machine", mnt=True)
        stage.run(machine, "mount -t tmpfs -o size=1m srv /srv; mkdir /srv/disk /srv/old")
        # Those that are started between the mount and the umount keep a copy. One of them has moved it, besides.
        holders = stage.draw.sample(ROLES, 2)
        for role in ROLES:
            if role not in holders:
                stage.sandbox(role, parent=machine, mnt=True)
        stage.run(machine, f"mount -t tmpfs -o size=1m {disk} /srv/disk; touch /srv/disk/data")
        for role in holders:
            stage.sandbox(role, parent=machine, mnt=True)
        stage.run(machine, "umount /srv/disk")
        stage.run(stage.sandboxes[holders[0]], "mount --make-private /srv; mount -n --move /srv/disk /srv/old")

    def forms(self, scene: Scene) -> Mapping[str, object]:
        have = sorted(role for role in ROLES if _places(scene.pid(role), str(scene.values["disk"])))
        first, last = (have[0], have[-1]) if have else ("none", "none")
        members = {f"pid_{role}": scene.pid(role) for role in ROLES}
        return {"first": first, "last": last, "pid_first": scene.pid(first) if have else 0, **members}

    def check(self, scene: Scene) -> Iterator[Finding]:
        disk = str(scene.values["disk"])
        lists = {each.ns["mnt"]: each.pid for each in reversed(look.processes())}
        held = {pid: places for pid in sorted(lists.values()) if (places := _places(pid, disk))}
        # Which of them, and where, is what there is to be found out.
        count = f"{len(held)} {'list has' if len(held) == 1 else 'lists have'} it"
        yield Finding("mounted", f"the mounts of {disk} in the lists of all processes", "no list has it",
                      count if held else "no list has it", not held, HINTS)  # fmt: skip


def _places(pid: int, disk: str) -> list[str]:
    """Where a process has the disk mounted."""
    # It has ended meanwhile, and holds nothing any more.
    with contextlib.suppress(OSError):
        return [each.point for each in look.mounts(pid) if each.source == disk]
    return []
