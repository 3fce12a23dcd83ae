"""Shared memory that has outlived who made it, beside some that is in use (shmctl(2), ipcs(1), ipcrm(1))."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator, Mapping

from nslab.course.checking import look
from nslab.course.checking.exercise import Exercise
from nslab.course.checking.outcome import Finding
from nslab.course.checking.scene import Scene
from nslab.course.checking.stage import Stage
from nslab.linux import files, sysv

SHM_DEST = 0o1000
"""In the mode of a segment that is removed already, and is gone when the last process lets go (shmctl(2))."""
KEPT = (
    "Removed means: nobody new can find it by its key. The server still has it, but after its next start it would not.",
    "The kernel does not take that back. nslab reset ipc-leftovers makes the scene anew.",
)
GONE = (
    "ipcs -m lists the segments of the IPC namespace in which it runs. The host has none of these.",
    "The column nattch says how many processes have a segment attached. What does 0 mean?",
    "In shop: ipcrm -m SHMID, for each segment with nattch 0.",
)


class Task(Exercise):
    """Which segment is in use is drawn; the check asks the kernel what the server has attached."""

    lesson = "03"
    place = 4
    kind = "mend"
    namespaces = ("ipc",)

    def scene(self, stage: Stage) -> None:
        keys = stage.draw.sample(range(10_000, 100_000), stage.draw.randint(4, 6))
        used = stage.draw.choice(keys)
        shop = stage.sandbox("shop", ipc=True)
        shop.call(leave, keys)
        stage.call("server", serve, where=shop, args=(used,)).heard("\n")

    def forms(self, scene: Scene) -> Mapping[str, object]:
        return {"server": scene.pid("server")}

    def check(self, scene: Scene) -> Iterator[Finding]:
        segments = look.sysvipc(scene.pid("shop"), "shm")
        attached = _attached(scene.pid("server"))
        kept = [each for each in segments if each["shmid"] in attached and not each["perms"] & SHM_DEST]
        found = f"there, with the key 0x{kept[0]['key']:08x}" if kept else "removed"
        yield Finding("kept", "the segment that the server has attached", "there, with a key", found, bool(kept), KEPT)
        others = [f"0x{each['key']:08x}" for each in segments if each["shmid"] not in attached]
        yield Finding("gone", "the other segments in shop", "none", ", ".join(others) or "none", not others, GONE)


def _attached(pid: int) -> set[int]:
    """The ids of the segments that a process has attached: /proc/PID/maps has them as inode numbers (shmat(2))."""
    maps = files.read(f"/proc/{pid}/maps")
    return {int(id) for id in re.findall(r"^(?:\S+ ){4}(\d+)\s+/SYSV", maps, re.MULTILINE)}


def leave(keys: list[int]) -> None:
    """Make a segment with each key, and end."""
    for key in keys:
        sysv.get("shm", key, create=True)


def serve(key: int) -> None:
    """Attach the segment with this key, say so, and stay."""
    sysv.attach(sysv.get("shm", key))
    print("attached")
    signal.pause()
