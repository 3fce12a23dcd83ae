"""Four processes with devices open, one of them the one that is asked for (cgroup-v1/devices.rst, proc_pid_fd(5))."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from random import Random

from nslab.course.checking.exercise import Exercise
from nslab.course.checking.outcome import Finding
from nslab.course.checking.scene import Scene
from nslab.course.checking.stage import Stage
from nslab.linux import process

DEVICES = {5: "zero", 7: "full", 8: "random", 9: "urandom"}
"""Minor number of a character device with the major number 1 → its usual name in /dev (Linux allocated devices)."""
ROLES = ("db", "mail", "queue", "web")


class Task(Exercise):
    """Who has which open is drawn; the check looks at the devices behind the descriptors, and not at their names."""

    lesson = "15"
    place = 1
    kind = "find"
    answer = "the number of a process"

    def values(self, draw: Random) -> Mapping[str, str | int | float]:
        return {"minor": draw.choice(list(DEVICES))}

    def scene(self, stage: Stage) -> None:
        minors = stage.draw.sample(list(DEVICES), len(DEVICES))
        wanted = int(stage.values["minor"])
        services = []
        for role, minor in zip(ROLES, minors, strict=True):
            # Each has it open under the number of another one's device, so that only the device itself tells.
            descriptor = minors[(minors.index(minor) + 1) % len(minors)]
            opened = f"exec {descriptor}</dev/{DEVICES[minor]}; exec sleep infinity"
            tried = f"exec 6</dev/{DEVICES[wanted]}; exec 6<&-; {opened}"
            services.append(stage.process(role, ["sh", "-c", opened if minor == wanted else tried]))
        # Until then the others may still have it open, for a moment.
        stage.until("not all services ran", lambda: all(process.arguments(each.pid)[0] == "sleep" for each in services))

    def forms(self, scene: Scene) -> Mapping[str, object]:
        minor = int(scene.values["minor"])
        others = [name for number, name in DEVICES.items() if number != minor]
        return {"pids": " ".join(str(scene.pid(role)) for role in ROLES), "device": DEVICES[minor], "other": others[0]}

    def check(self, scene: Scene) -> Iterator[Finding]:
        pids = {scene.pid(role): role for role in ROLES}
        named = scene.members.get(scene.answer)
        pid = named.pid if named else int(scene.answer) if scene.answer.isdecimal() else 0
        if pid not in pids:
            yield Finding("name", "the process that you named", f"one of {', '.join(map(str, pids))}", scene.answer,
                          False, ("Answer with the number of one of the four processes.",))  # fmt: skip
            return
        there, minor = sorted(_devices(pid)), int(scene.values["minor"])
        hints = (
            "What a process has open is in its directory in /proc.",
            "A descriptor's own number says nothing. What is behind it has the numbers of the device: ls -lL, stat -L.",
            f"stat -L -c '%n %Hr:%Lr' /proc/PID/fd/* shows the numbers: look for 1:{minor}.",
        )
        found = ", ".join(f"c {major}:{low}" for major, low in there) or "no device"
        looked = f"the devices that process {pid} ({pids[pid]}) has open"
        yield Finding("open", looked, f"c 1:{minor} among them", found, (1, minor) in there, hints)


def _devices(pid: int) -> set[tuple[int, int]]:
    """The numbers of the character devices that a process has open."""
    directory = f"/proc/{pid}/fd"
    behind = [os.stat(f"{directory}/{number}") for number in os.listdir(directory)]
    return {(os.major(each.st_rdev), os.minor(each.st_rdev)) for each in behind if stat.S_ISCHR(each.st_mode)}
