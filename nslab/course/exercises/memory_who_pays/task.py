"""A page stays with the group that first touched it, wherever its process goes (cgroup-v2.rst, "Memory Ownership")."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Mapping
from random import Random

from nslab.cgroups.bench.load import READY
from nslab.cgroups.core.units import MIB
from nslab.cgroups.memory.experiment import swap_off
from nslab.course.checking import look
from nslab.course.checking.exercise import Exercise
from nslab.course.checking.numbers import compared
from nslab.course.checking.outcome import Finding
from nslab.course.checking.scene import Scene
from nslab.course.checking.stage import Stage
from nslab.linux import process

OFF = 2
"""MiB by which the answer may be off: a process needs some pages for itself."""
PATIENCE = 10.0


def work(had: int, more: int) -> None:
    """Take `had` bytes, and `more` at the first SIGUSR1."""
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
    taken = [b"x" * had]
    os.write(1, READY.encode())
    signal.sigwait([signal.SIGUSR1])
    taken.append(b"x" * more)
    while True:
        signal.pause()


class Task(Exercise):
    """The answer is compared with what the kernel counts for the group, once the worker is there and has grown."""

    lesson = "12"
    place = 4
    kind = "reckon"
    answer = "a number of MiB"
    subsystems = ("memory",)

    def values(self, draw: Random) -> Mapping[str, str | int | float]:
        return {"had": draw.randrange(24, 48), "more": draw.randrange(8, 20)}

    def scene(self, stage: Stage) -> None:
        groups = [stage.group(role, "memory") for role in ("old", "new")]
        for group in groups:
            swap_off(group)
        sizes = [int(stage.values[key]) * MIB for key in ("had", "more")]
        worker = stage.call("worker", work, where=groups[0], args=sizes)
        worker.heard(seconds=PATIENCE)
        stage.note("before", _memory(worker.pid))

    def forms(self, scene: Scene) -> Mapping[str, object]:
        had, more = (int(scene.values[key]) for key in ("had", "more"))
        whole = (scene.notes["before"] >> 10) + (more - 1 << 10)
        return {"worker": scene.pid("worker"), "procs": scene.group("new").path("memory", "cgroup.procs"),
                "both": had + more, "whole": whole}  # fmt: skip

    def check(self, scene: Scene) -> Iterator[Finding]:
        pid, new = scene.pid("worker"), scene.group("new")
        more = int(scene.values["more"])
        there = look.group_of(pid, "memory").path("memory")
        move = (
            "A process changes its group when its number is written to a file of the new one.",
            f"echo {pid} > {new.path('memory', 'cgroup.procs')}",
        )
        yield Finding("moved", "the memory cgroup of worker", new.path("memory"), there, there == new.path("memory"),
                      move)  # fmt: skip
        grown = (_memory(pid) - scene.notes["before"]) / MIB
        signalled = ("It grows at the signal, and not before.", f"kill -USR1 {pid}")
        yield Finding("grown", "what worker has taken since it was given", f"{more} MiB", f"{max(0.0, grown):.1f} MiB",
                      grown > more - 1, signalled)  # fmt: skip
        charged = new.memory_anon / MIB
        late = ("It had grown before it was moved, and grows only once: `reset` gives a new one.",)
        after = charged > more / 2
        yield Finding("order", "what new is charged with", "what came after the move",
                      "what came after the move" if after else "next to nothing", after, late)  # fmt: skip
        yield _compared(scene.answer, charged)


def _memory(pid: int) -> int:
    """The memory that a process itself has, in bytes: RssAnon, proc_pid_status(5)."""
    return int(process.status(pid)["RssAnon"].split()[0]) << 10


def _compared(answer: str, charged: float) -> Finding:
    looked = "the memory that new is charged with, in MiB"
    try:
        said = float(answer)
    except ValueError:
        return Finding("number", looked, "a number of MiB", answer, False, ("Answer with a number, such as 30.",))
    right, told = compared(said, charged, f"{charged:.1f} MiB", OFF)
    hints = (
        "When is a page charged to a group: when its process moves there, or when the page is first touched?",
        "Whoever moves a process moves what it will ask for, and not what it has.",
        "The group itself says it: anon in memory.stat (v1: rss), of new and of old.",
    )
    return Finding("charged", looked, f"{answer}, or {OFF} more or less", told, right, hints)
