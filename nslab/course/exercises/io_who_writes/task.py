"""Three groups: one wrote to the disk, one read from it, one wrote to memory (io.stat; blkio.throttle.*)."""

from __future__ import annotations

import mmap
import os
import signal
from collections.abc import Iterator, Mapping
from random import Random

from nslab.cgroups.bench.load import READY
from nslab.cgroups.core.quantities import IO_READ, IO_WRITTEN
from nslab.cgroups.core.units import MIB, shown_size
from nslab.course.checking import words
from nslab.course.checking.exercise import Exercise
from nslab.course.checking.outcome import Finding
from nslab.course.checking.scene import Scene
from nslab.course.checking.stage import Stage
from nslab.linux import memfile

JOBS = {"writes": 4, "reads": 12, "writes to memory": 24}
"""What a job does → so many MiB."""
PATIENCE = 20.0


def work(job: str, path: str) -> None:
    """Move the data, say so, and stay."""
    block = [mmap.mmap(-1, MIB)]
    flags = os.O_DIRECT | (os.O_WRONLY if job == "writes" else os.O_RDONLY)
    file = memfile.appended("report") if job == "writes to memory" else os.open(path, flags)
    for number in range(JOBS[job]):
        if job == "reads":
            os.preadv(file, block, number * MIB)
        else:
            os.pwritev(file, block, number * MIB)
    os.write(1, READY.encode())
    while True:
        signal.pause()


class Task(Exercise):
    """Who did what is drawn; the check compares what the kernel has counted for the three groups on this disk."""

    lesson = "13"
    place = 2
    kind = "find"
    answer = "the name of a job"
    subsystems = ("blkio",)

    def values(self, draw: Random) -> Mapping[str, str | int | float]:
        return dict(zip(("first", "second", "third"), words.names(draw, 3), strict=True))

    def scene(self, stage: Stage) -> None:
        disk = stage.disk()
        stage.note("device", disk.numbers)
        jobs = stage.draw.sample(list(JOBS), len(JOBS))
        running = [
            stage.call(name, work, where=stage.group(name, "blkio"), args=(job, disk.path))
            for name, job in zip(map(str, stage.values.values()), jobs, strict=True)
        ]
        for each in running:
            each.heard(seconds=PATIENCE)

    def forms(self, scene: Scene) -> Mapping[str, object]:
        names = list(map(str, scene.values.values()))
        device, group = scene.notes["device"], scene.group(names[0])
        written, read = (each.given(device=device).form_of(group) for each in (IO_WRITTEN, IO_READ))
        return {
            "names": " ".join(names),
            "directories": " ".join(scene.group(name).path("blkio") for name in names),
            "pids": " ".join(str(scene.pid(name)) for name in names),
            "device": device, "file": written.file, "written": written.key, "read": read.key,
        }  # fmt: skip

    def check(self, scene: Scene) -> Iterator[Finding]:
        names, device = list(map(str, scene.values.values())), scene.notes["device"]
        answered = scene.answered(self.name)
        if answered not in names:
            yield Finding("name", "the job that you named", f"one of {', '.join(names)}", scene.answer, False,
                          ("Answer with the name of one of the three jobs, as the task has it.",))  # fmt: skip
            return
        counted = {name: scene.group(name).io(device).write_bytes for name in names}
        file = IO_WRITTEN.form_of(scene.group(answered)).file
        hints = (
            "What a program has written is not yet on a disk: it may have gone to memory, or to another disk.",
            "The kernel counts for each group and each disk what came from it and what went to it.",
            f"Read {file} in the three groups: the line of {device}, and what is written there, not read.",
        )
        yield Finding("written", f"what the group of {answered} has written to {device}", "more than the two others",
                      shown_size(counted[answered]), counted[answered] == max(counted.values()) > 0, hints)  # fmt: skip
