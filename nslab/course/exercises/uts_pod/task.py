"""Two processes that share a UTS namespace, and no IPC namespace (uts_namespaces(7), ipc_namespaces(7))."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from random import Random

from nslab.course.checking import look, words
from nslab.course.checking.exercise import Exercise
from nslab.course.checking.look import Process
from nslab.course.checking.outcome import Finding, NotBegun
from nslab.course.checking.scene import Scene

NOTHING = (
    "One namespace is to be shared, another not. Which of the two flags has to be given how often?",
    "A process that is made inside a UTS namespace is in it, too, unless it gets one of its own.",
    "Make the UTS namespace first and name it; from inside, start each program with a new IPC namespace.",
)
ONE = (
    "One of the two runs. The other is to run at the same time.",
    "Who waits for the first to end never starts the second: & in a shell, two children in Python.",
)
MACHINE = (
    "Both see the machine's own host name, and so does everybody else. Which flag gives a process a copy of it?",
    "CLONE_NEWUTS, for one process, from which both programs are started.",
    "unshare --uts sh -c 'hostname NAME; …', and inside it two times unshare --ipc sleep N &",
)
SHARE = (
    "Each of the two has a host name of its own, which may read the same. Rename one, and look at the other.",
    "CLONE_NEWUTS is for one process, from which both programs are started.",
    "unshare --uts sh -c 'hostname NAME; …', and inside it two times unshare --ipc sleep N &",
)
NAMED = (
    "A new UTS namespace begins with a copy of the name that was there before.",
    "Call hostname(1) inside, before the programs start or after: both see it.",
)
IPC = (
    "Which flag is for message queues, semaphores and shared memory? Lesson 03 is about it.",
    "Each of the two needs an IPC namespace of its own: two calls with CLONE_NEWIPC, one for each.",
)


class Task(Exercise):
    """The programs are known by their arguments; of several the pair that is nearest counts."""

    lesson = "02"
    place = 3
    namespaces = ("uts", "ipc")

    def values(self, draw: Random) -> Mapping[str, str | int | float]:
        first, second = draw.sample(range(10_000, 100_000), 2)
        return {"name": words.name(draw), "first": first, "second": second}

    def check(self, scene: Scene) -> Iterator[Finding]:
        programs = [f"sleep {scene.values['first']}", f"sleep {scene.values['second']}"]
        running = [look.running(*program.split()) for program in programs]
        there = [program for program, found in zip(programs, running, strict=True) if found]
        if not there:
            raise NotBegun("the processes that you may look at", " and ".join(programs), "neither", *NOTHING)
        both = len(there) == len(programs)
        yield Finding(
            "both", "the processes that you may look at", " and ".join(programs), " and ".join(there), both, ONE
        )
        if not both:
            return
        pair = max(product(*running), key=_near)
        uts, ipc = ([each.ns[kind] for each in pair] for kind in ("uts", "ipc"))
        found = "two that differ" if uts[0] != uts[1] else "the machine's" if not pair[0].has_own("uts") else "one"
        yield Finding("uts", "/proc/PID/ns/uts of both", "one, and not the machine's", found, found == "one",
                      SHARE if found == "two that differ" else MACHINE)  # fmt: skip
        name, seen = str(scene.values["name"]), look.hostname(pair[0].pid)
        yield Finding("name", "the host name that they see", name, seen, name == seen, NAMED)
        lacking = [program for program, each in zip(programs, pair, strict=True) if not each.has_own("ipc")]
        found = f"{' and '.join(lacking)} in the machine's" if lacking else "one" if ipc[0] == ipc[1] else "two"
        yield Finding("ipc", "/proc/PID/ns/ipc of both", "two, and not the machine's", found, found == "two", IPC)


def _near(pair: tuple[Process, ...]) -> int:
    one, other = pair
    return sum((one.ns["uts"] == other.ns["uts"], one.has_own("uts"), one.ns["ipc"] != other.ns["ipc"]))
