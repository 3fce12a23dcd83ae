"""A first process that takes signals and waits (pid_namespaces(7), signal(7))."""

from __future__ import annotations

from collections.abc import Iterator
from signal import SIGTERM

from nslab.course.checking import pids
from nslab.course.checking.container import Step, own
from nslab.course.checking.look import Process
from nslab.course.checking.outcome import Finding
from nslab.course.checking.scene import Scene

FIRST = (
    "Which process has number 1 in there, and what does the kernel do with signals to it?",
    "fork() once more, inside: the parent stays as number 1, the child becomes the command.",
)
SIGNALS = (
    "SIGTERM to number 1 is dropped, for it has no handler for it.",
    "signal(SIGTERM, a function that sends it on to the child). SigCgt in /proc/PID/status shows that it is there.",
)
REAP = (
    "A process with the state Z has ended, and its parent has not waited for it.",
    "os.wait() in a loop, for any child, until it is the command that has ended.",
)


class Task(Step):
    """What it has a handler for and whom it has not waited for stand in /proc."""

    place = 10
    namespaces = ("pid",)
    forms_of = ("py", "sh", "c")

    def look_at(self, inside: Process, scene: Scene) -> Iterator[Finding]:
        yield own("pid", inside, FIRST)
        first = pids.first_of(inside.pid)
        kind = "the command itself" if first == inside.pid else "another" if first else "none"
        yield Finding("first", "the first process of its pid namespace", "another", kind, kind == "another", FIRST)
        if first:
            takes = pids.takes(first, SIGTERM)
            yield Finding("signals", f"what process {first}, the first one, does with SIGTERM", "it takes it",
                          "it takes it" if takes else "the kernel drops it", takes, SIGNALS)  # fmt: skip
            left = len(pids.zombies(first))
            yield Finding(
                "reaped", "its children that have ended and are not waited for", "0", str(left), left == 0, REAP
            )
