"""A limit on bytes and one on operations: the one that is met first counts (cgroup-v2.rst, "IO Interface Files")."""

from __future__ import annotations

import itertools
import mmap
import os
import signal
import threading
import time
from collections.abc import Iterator, Mapping
from random import Random

from nslab.cgroups.bench.load import READY
from nslab.course.checking.exercise import Exercise
from nslab.course.checking.numbers import compared
from nslab.course.checking.outcome import Finding
from nslab.course.checking.scene import Scene
from nslab.course.checking.stage import Stage

KIB = 1 << 10
OFF = 0.15
"""By how much of it the answer may be off: the kernel lets requests through in slices of time."""
SECONDS = 2.0
"""For which is measured: then a slice more or less is a few percent."""
AT_A_TIME = 4
PATIENCE = 20.0


def write(path: str, block: int) -> None:
    """Write blocks past all caches, for ever, several at a time: so that one is always waiting for the limit."""
    file = os.open(path, os.O_WRONLY | os.O_DIRECT)
    part = os.lseek(file, 0, os.SEEK_END) // AT_A_TIME
    for number in range(AT_A_TIME):
        threading.Thread(target=_write, args=(file, block, number * part, part), daemon=True).start()
    os.write(1, READY.encode())
    while True:
        signal.pause()


def _write(file: int, block: int, start: int, length: int) -> None:
    buffer = [mmap.mmap(-1, block)]
    for offset in itertools.cycle(range(0, length, block)):
        os.pwritev(file, buffer, start + offset)


class Task(Exercise):
    """The check reads the kernel's count of bytes twice, and compares the difference with the answer."""

    lesson = "13"
    place = 3
    kind = "reckon"
    answer = "a number of KiB a second"
    measures = True
    subsystems = ("blkio",)

    def values(self, draw: Random) -> Mapping[str, str | int | float]:
        block, operations = draw.choice((4, 8, 16, 32)), draw.randrange(40, 81, 5)
        # One of the two is met long before the other, so that there is one answer.
        ratio = draw.choice((0.4, 0.5, 1.8, 2.5))
        return {"block": block, "operations": operations, "bytes": round(block * operations * ratio)}

    def scene(self, stage: Stage) -> None:
        disk = stage.disk()
        stage.note("device", disk.numbers)
        limits = {"wbps": int(stage.values["bytes"]) * KIB, "wiops": int(stage.values["operations"])}
        group = stage.group("writer", "blkio", io_max={disk.numbers: limits})
        writer = stage.call("writer", write, where=group, args=(disk.path, int(stage.values["block"]) * KIB))
        writer.heard(seconds=PATIENCE)

    def forms(self, scene: Scene) -> Mapping[str, object]:
        by_bytes, by_operations = _both(scene)
        return {"larger": max(by_bytes, by_operations), "sum": by_bytes + by_operations, "pid": scene.pid("writer")}

    def check(self, scene: Scene) -> Iterator[Finding]:
        group, device = scene.group("writer"), scene.notes["device"]
        try:
            said = float(scene.answer)
        except ValueError:
            yield Finding("number", "your answer", self.answer, scene.answer, False,
                          ("Answer with a number, such as 300.",))  # fmt: skip
            return
        began, before = time.monotonic(), group.io(device)
        time.sleep(SECONDS)
        after, took = group.io(device), time.monotonic() - began
        rate = (after.write_bytes - before.write_bytes) / KIB / took
        right, told = compared(said, rate, f"{rate:.0f}", OFF * rate)
        operations = (after.writes - before.writes) / took
        hints = (
            "Each limit holds by itself. Which of the two is met first?",
            f"So many operations a second, each of a block: how many KiB are that? It does {operations:.0f} now.",
            "The smaller one of the two counts: the bytes a second that may be written, and operations times block.",
        )
        looked = f"what writer has written to {device} in {took:.1f} s, in KiB a second"
        yield Finding("rate", looked, f"{scene.answer}, within {OFF:.0%}", told, right, hints)


def _both(scene: Scene) -> tuple[int, int]:
    """What each limit alone would let through, in KiB a second."""
    block, operations, size = (int(scene.values[key]) for key in ("block", "operations", "bytes"))
    return size, block * operations
