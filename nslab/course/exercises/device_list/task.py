"""A list of devices for a group, all others are refused (cgroup-v1/devices.rst). v2 has BPF programs in place of it."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from random import Random

from nslab.cgroups.core.location import where
from nslab.course.checking import look
from nslab.course.checking.exercise import Exercise
from nslab.course.checking.outcome import Finding, NotBegun
from nslab.course.checking.scene import Scene
from nslab.course.checking.stage import Stage
from nslab.errors import Unsupported
from nslab.linux import cgroupfs
from nslab.linux.forked import Tell, telling

DEVICES = {"zero": 5, "full": 7, "random": 8, "urandom": 9}
"""Name in /dev → minor number of the character device with the major number 1 (Linux allocated devices)."""
NULL = "/dev/null"


class Task(Exercise):
    """The kernel keeps no list that can be read of what it refuses, so a process of the check's goes in and tries."""

    lesson = "15"
    place = 3
    privileged = True

    def why_not(self) -> Unsupported | None:
        try:
            where("devices", 1)
        except Unsupported as e:
            return e
        return None

    def values(self, draw: Random) -> Mapping[str, str | int | float]:
        return {"device": draw.choice(list(DEVICES))}

    def scene(self, stage: Stage) -> None:
        stage.process("guest", ["sleep", "infinity"], where=stage.group("guest", "devices"))

    def forms(self, scene: Scene) -> Mapping[str, object]:
        device = str(scene.values["device"])
        other = next(name for name in DEVICES if name != device)
        return {"directory": scene.group("guest").path("devices"), "minor": DEVICES[device], "other": DEVICES[other]}

    def check(self, scene: Scene) -> Iterator[Finding]:
        group, wanted = look.group_of(scene.pid("guest"), "devices"), [NULL, f"/dev/{scene.values['device']}"]
        others = _others(wanted)
        opened = _opened_in(
            group.path("devices"), {**dict.fromkeys(wanted, os.O_RDWR), **dict.fromkeys(others, os.O_RDONLY)}
        )
        looked = f"what a process in {group.path('devices')} can open"
        more = [path for path in others if path in opened]
        hints = (
            "A group of this subsystem has two files that rules are written to: one denies, one allows.",
            "The usual way round: first deny all devices, then allow what is on the list.",
            f"echo a > devices.deny; echo 'c 1:3 rw' > devices.allow; and the same for c 1:{self._minor(scene)}.",
        )
        if more == others and len(opened) == len(others) + len(wanted):
            raise NotBegun(looked, f"{' and '.join(wanted)} alone", "all devices", *hints)
        found = ", ".join(f"{path} {'opens' if path in opened else 'is refused'}" for path in wanted)
        needed = (
            "What is denied after it was allowed is denied. In which order have you written?",
            "A rule has the type, the numbers, and what for: r to read, w to write, m to make a node.",
            *hints[2:],
        )
        yield Finding("list", f"{looked}, to read and write", " and ".join(wanted), found,
                      all(path in opened for path in wanted), needed)  # fmt: skip
        yield Finding("others", f"{looked} of {len(others)} other devices", "none", ", ".join(more) or "none", not more,
                      hints)  # fmt: skip

    def _minor(self, scene: Scene) -> int:
        return DEVICES[str(scene.values["device"])]


def _others(wanted: list[str]) -> list[str]:
    """Devices of this machine that are to be refused, and that do nothing when they are opened to be read."""
    usual = [f"/dev/{name}" for name in (*DEVICES, "kmsg", "loop-control")]
    return [path for path in usual if path not in wanted and os.path.exists(path)]


def _opened_in(directory: str, flags: Mapping[str, int]) -> list[str]:
    """Which of these paths a process in the cgroup can open. It goes in for that, and ends there."""

    def attempt(tell: Tell) -> None:
        cgroupfs.add(directory, os.getpid())
        tell([path for path, how in flags.items() if _opens(path, how)])

    child, opened = telling(attempt)
    os.waitpid(child, 0)
    return list(opened)


def _opens(path: str, flags: int) -> bool:
    try:
        fd = os.open(path, flags | os.O_NONBLOCK | os.O_CLOEXEC)
    except PermissionError:
        return False
    is_device = stat.S_IFMT(os.fstat(fd).st_mode) in (stat.S_IFCHR, stat.S_IFBLK)
    os.close(fd)
    return is_device
