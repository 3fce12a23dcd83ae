"""Processes and threads are tasks, and clone() makes both (clone(2), fork(2), pthread_create(3))."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from random import Random

from nslab.course.checking.exercise import Exercise
from nslab.course.checking.numbers import compared
from nslab.course.checking.outcome import Finding
from nslab.course.checking.scene import Scene
from nslab.linux import files, process

PROGRAM = "nslab.course.exercises.clone_count.program"
PATIENCE = 3
"""Seconds within which all processes have done their lines; it takes some tenths."""
NO_NUMBER = ("Answer with a whole number, such as 12.",)
TOO_FEW = (
    "After the first fork() two processes run the rest of the loop, and both call fork() again.",
    "The lines with pthread_create() are run by every process that there is by then.",
    "A process without further threads is one task. With two more threads it is three.",
)
TOO_MANY = (
    "Draw the tree: each fork() doubles the number of processes, and no more.",
    "The threads are made after the loop with fork(): none of them calls fork() itself.",
    "Processes first, then for each of them its first thread and those that pthread_create() makes.",
)


class Task(Exercise):
    """The check runs the program and counts; no formula stands here."""

    lesson = "01"
    place = 3
    kind = "reckon"
    answer = "a number of tasks"
    measures = True

    def values(self, draw: Random) -> Mapping[str, str | int | float]:
        return {"forks": draw.randint(2, 4), "threads": draw.randint(1, 4)}

    def check(self, scene: Scene) -> Iterator[Finding]:
        if not scene.answer.isdecimal():
            yield Finding("number", "your answer", "a whole number", scene.answer, False, NO_NUMBER)
            return
        answered = int(scene.answer)
        counted = _counted(int(scene.values["forks"]), int(scene.values["threads"]))
        right, told = compared(answered, counted)
        yield Finding("tasks", "/proc/PID/task of each process of the program", f"{answered}, as you reckoned", told,
                      right, TOO_MANY if answered > counted else TOO_FEW)  # fmt: skip


def _counted(forks: int, threads: int) -> int:
    """How many tasks the program is when all of its processes have done their lines. Raises TimeoutError."""
    command = [sys.executable, "-m", PROGRAM, str(forks), str(threads)]
    search = os.pathsep.join(filter(None, sys.path))
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd="/",
                          env={**os.environ, "PYTHONPATH": search}) as program:  # fmt: skip
        assert program.stdin
        assert program.stdout
        with program.stdin:
            if not files.readable(program.stdout.fileno(), PATIENCE):
                raise TimeoutError(f"the program had not done its lines after {PATIENCE} s: check again")
            return sum(len(os.listdir(f"/proc/{pid}/task")) for pid in [program.pid, *process.descendants(program.pid)])
