"""A limit for the wrong disk, on the wrong direction, or in a group where the process is not (cgroup-v2.rst, "IO")."""

from __future__ import annotations

import mmap
import os
import time
from collections.abc import Iterator, Mapping
from random import Random

from nslab.cgroups.bench.load import READY
from nslab.cgroups.core.units import MIB, shown_size
from nslab.course.checking import look
from nslab.course.checking.exercise import Exercise
from nslab.course.checking.outcome import Finding
from nslab.course.checking.scene import Scene
from nslab.course.checking.stage import Stage
from nslab.linux import files, process

BLOCK, PAUSE = 128 << 10, 0.01
"""What the backup writes at once, and seconds between: up to 12 MiB a second, which leaves the disk to others."""
SECONDS, ABOVE = 1.2, 1.3
"""For which is measured; and how many times the limit may have come through: the kernel counts in slices of time."""
PATIENCE = 20.0


def write(path: str) -> None:
    """Write past all caches, with a pause after each block, for ever."""
    file = os.open(path, os.O_WRONLY | os.O_DIRECT)
    size = os.lseek(file, 0, os.SEEK_END)
    buffer, offset = [mmap.mmap(-1, BLOCK)], 0
    os.write(1, READY.encode())
    while True:
        os.pwritev(file, buffer, offset)
        offset = (offset + BLOCK) % size
        time.sleep(PAUSE)


def _other_disk(device: str) -> str | None:
    """The numbers of another disk of this machine."""
    found = sorted(files.read(f"/sys/block/{name}/dev") for name in os.listdir("/sys/block"))
    return next((each for each in found if each != device), None)


class Task(Exercise):
    """The check asks which limit holds for the process where it is, and then measures what the process writes."""

    lesson = "13"
    place = 4
    kind = "mend"
    incident = True
    measures = True
    subsystems = ("blkio",)

    def values(self, draw: Random) -> Mapping[str, str | int | float]:
        return {"rate": draw.randrange(1, 5)}

    def scene(self, stage: Stage) -> None:
        disk = stage.disk()
        stage.note("device", disk.numbers)
        nightly = stage.group("nightly", "blkio")
        other, limit = _other_disk(disk.numbers), int(stage.values["rate"]) * MIB
        limits = {
            "in another group": {disk.numbers: {"wbps": limit}},
            "on reading": {disk.numbers: {"rbps": limit}},
            **({"on another disk": {other: {"wbps": limit}}} if other else {}),
        }
        fault = stage.draw.choice(list(limits))
        backup = stage.group("backup", parent=nightly, io_max=limits[fault])
        jobs = stage.group("jobs", parent=nightly)
        writes = stage.call("backup", write, where=jobs if fault == "in another group" else backup, args=(disk.path,))
        writes.heard(seconds=PATIENCE)
        stage.process("report", ["sleep", "infinity"], where=jobs)

    def forms(self, scene: Scene) -> Mapping[str, object]:
        device, limit = scene.notes["device"], int(scene.values["rate"]) * MIB
        forms: dict[str, object] = {"device": device, "pid": scene.pid("backup")}
        for key in ("wbps", "rbps"):
            (file, line), *_ = look.Group.io_max.files(scene.group("backup"), {device: {key: limit}})
            forms |= {f"{key}_line": line}
            forms |= {f"{role}_{key}": scene.group(role).path("blkio", file) for role in ("nightly", "backup", "jobs")}
        return {**forms, "procs": scene.group("backup").path("blkio", "cgroup.procs")}

    def check(self, scene: Scene) -> Iterator[Finding]:
        device, wanted = scene.notes["device"], int(scene.values["rate"]) * MIB
        groups = {role: look.group_of(scene.pid(role), "blkio") for role in ("backup", "report")}
        within = scene.group("nightly").path("blkio")
        for role, group in groups.items():
            there = group.path("blkio")
            back = (f"Whoever leaves nightly is not billed with it any more: move {role} back into a group below it.",)
            yield Finding(f"{role}-there", f"the group of {role}", "one below nightly", there,
                          there.startswith(within), back)  # fmt: skip
        limit = groups["backup"].io_limit(device, "wbps")
        yield Finding("limit", f"bytes a second that may be written to {device} by backup", shown_size(wanted),
                      _shown(limit), limit == wanted, _hints(groups["backup"], device, wanted))  # fmt: skip
        others = [groups["report"].io_limit(device, key) for key in ("wbps", "rbps", "wiops", "riops")]
        spared = (
            "What holds for a whole group holds for everything in it, and in v2 for all below it, too.",
            "Each of the two has to be in a group of its own: there is one for the backup.",
        )
        yield Finding("report", f"bytes a second that may be written to {device} by report, or read", "no limit",
                      _shown(next(filter(None, others), None)), not any(others), spared)  # fmt: skip
        if limit == wanted:
            yield _measured(scene.pid("backup"), wanted)


def _shown(limit: int | None) -> str:
    return "no limit" if limit is None else shown_size(limit)


def _measured(pid: int, wanted: int) -> Finding:
    began, before = time.monotonic(), process.io(pid)["write_bytes"]
    time.sleep(SECONDS)
    rate = (process.io(pid)["write_bytes"] - before) / (time.monotonic() - began)
    again = ("What was let through before the limit was there may still be counted: check once more.",)
    most = f"no more than about {shown_size(wanted)}"
    looked = "what backup has written while it was watched, in a second"
    return Finding("rate", looked, most, shown_size(rate), rate <= wanted * ABOVE, again)


def _hints(group: look.Group, device: str, wanted: int) -> tuple[str, ...]:
    """What is missing where the process is: a limit at all, one for this disk, one on writing."""
    directory = group.path("blkio")
    last = f"The group of process backup has to have this limit: {device}, wbps, {wanted} (v1: write_bps_device)."
    there = group.io_max
    if not there:
        return (
            "A limit holds for the processes that are in its group. Is the backup in the group that has the limit?",
            f"/proc/PID/cgroup says where it is: {directory}. There is no limit for any disk.",
            "Move the process into the group backup: write its number to cgroup.procs there.",
        )
    if device not in there:
        return (
            "A limit belongs to a group and a disk. Which disk is this one for?",
            f"The file names the disk {', '.join(there)}; the backup writes to {device}.",
            last,
        )
    return ("There are four limits for each disk. Which one is set?", "It is no limit on bytes that are written.", last)
