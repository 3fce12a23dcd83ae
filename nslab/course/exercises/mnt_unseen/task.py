"""A mount namespace that was private where it was to be a slave (mount_namespaces(7), "Shared subtrees")."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from random import Random

from nslab.course.checking import look, probing, words
from nslab.course.checking.exercise import Exercise
from nslab.course.checking.outcome import Finding
from nslab.course.checking.scene import Scene
from nslab.course.checking.stage import Stage
from nslab.linux import ns

DISK = "/srv/disk"
NEXT = "/srv/next"
DISK_HINTS = (
    "Both look at the same path. Each looks it up in a list of its own: compare /proc/PID/mountinfo of the two.",
    "The backup's list was copied before the disk came, and a private copy does not hear of it. Start the backup anew.",
    "A new backup, started from a shell in machine with unshare --mount, gets a copy that has the disk.",
)
NEXT_HINTS = (
    "It has the disk, because its list was copied today. Which propagation types hear of what is mounted later?",
    "unshare(1) makes the new list private unless --propagation says otherwise. Which type hears and is not heard?",
    "nslab enter mnt-unseen.machine unshare --mount --propagation slave sleep infinity",
)
OWN_HINTS = (
    "It hears, and it is heard: what the backup mounts is now seen by everybody on machine.",
    "A shared mount tells its peers. The type that hears and is not heard is the slave.",
    "nslab enter mnt-unseen.machine unshare --mount --propagation slave sleep infinity",
)


class Task(Exercise):
    """The check mounts something for a moment on both sides, and looks for it on the other; the best backup counts."""

    lesson = "06"
    place = 4
    kind = "mend"
    incident = True
    namespaces = ("mnt",)

    def values(self, draw: Random) -> Mapping[str, str | int | float]:
        return {"file": words.name(draw)}

    def scene(self, stage: Stage) -> None:
        machine = stage.sandbox("machine", mnt=True)
        stage.run(machine, f"mount -t tmpfs -o size=1m srv /srv; mount --make-shared /srv; mkdir {DISK} {NEXT}")
        stage.sandbox("backup", parent=machine, mnt=True, may_end=True)
        stage.run(machine, f"mount -t tmpfs -o size=1m disk {DISK}; touch {DISK}/{stage.values['file']}")

    def forms(self, scene: Scene) -> Mapping[str, object]:
        return {"machine": scene.pid("machine")}

    def check(self, scene: Scene) -> Iterable[Finding]:
        machine = scene.pid("machine")
        there, own = os.stat(f"/proc/{machine}/root/srv"), ns.inode("mnt", machine)
        others = {each.ns["mnt"]: each.pid for each in look.processes() if each.ns["mnt"] != own}
        backups = [pid for pid in others.values() if _device(pid, "/srv") == there.st_dev]
        if not backups:
            looked = "processes in other mount namespaces that have machine's /srv"
            return [Finding("backup", looked, "a backup", "none", False, DISK_HINTS[1:])]
        found = [_seen(machine, pid, str(scene.values["file"])) for pid in backups]
        return max(found, key=lambda each: sum(finding.right for finding in each))


def _seen(machine: int, backup: int, file: str) -> list[Finding]:
    # The file alone could be a copy, so the filesystem has to be the disk, too.
    disk = _device(backup, DISK) == _device(machine, DISK)
    sees = os.path.exists(f"/proc/{backup}/root{DISK}/{file}")
    what = "another filesystem" if not disk else "the file is seen" if sees else "no such file"
    hears, told = (
        probing.reaches(machine, NEXT, [backup])[backup],
        probing.reaches(backup, NEXT, [machine])[machine],
    )
    return [
        Finding("disk", f"the disk at {DISK}, with {file}, for the backup (process {backup})", "the file is seen", what,
                disk and sees, DISK_HINTS),
        Finding("next", f"a mount on {NEXT}, made on machine, looked for by the backup", "seen",
                "seen" if hears else "not seen", hears, NEXT_HINTS),
        Finding("own", f"a mount on {NEXT}, made by the backup, looked for on machine", "not seen",
                "seen" if told else "not seen", not told, OWN_HINTS),
    ]  # fmt: skip


def _device(pid: int, path: str) -> int:
    """The device of what a process has there; 0 where there is nothing, or the process has ended."""
    try:
        return os.stat(f"/proc/{pid}/root{path}").st_dev
    except OSError:
        return 0
