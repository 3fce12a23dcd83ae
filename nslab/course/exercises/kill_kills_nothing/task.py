"""A program without a handler, which is pid 1: SIGTERM is dropped (pid_namespaces(7))."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Mapping
from random import Random

from nslab.course.checking import pids
from nslab.course.checking.exercise import Exercise
from nslab.course.checking.outcome import Finding, NotBegun
from nslab.course.checking.scene import Scene
from nslab.course.checking.stage import Stage
from nslab.linux import process
from nslab.linux.flags import CloneFlag

BEGIN = (
    "Look at NSpid in /proc/PID/status of the service: which number has it in its own namespace?",
    "The kernel drops a signal to the first process of a pid namespace, if that has no handler for it. SigCgt in "
    "/proc/PID/status has a bit for each signal that has one.",
    "kill -9 from the host gets through. Then start it again below a first process that takes SIGTERM.",
)
AGAIN = (
    "The old one is gone. The service is to run again: in a pid namespace of its own, as before.",
    "unshare --pid --fork COMMAND; as an ordinary user also --user --map-root-user.",
)
HOST = (
    "It runs, but in the host's pid namespace: whatever it starts and forgets would go on after its end.",
    "unshare --pid --fork COMMAND; as an ordinary user also --user --map-root-user.",
)
NO_HANDLER = (
    "The first process of the namespace has no handler for SIGTERM, so the kernel will drop it again.",
    "A shell that has a trap for TERM has a handler. But it looks after it only between two commands, or in wait.",
    "unshare --pid --fork sh -c 'trap exit TERM; sleep SECONDS & wait'",
)
OLD = (
    "The new one is right. The old one still runs.",
    "SIGTERM does nothing to it, and never will. From the host one signal ends it all the same.",
)


class Task(Exercise):
    """The mask of caught signals counts, and that of blocked ones: a small init waits for its signals."""

    lesson = "04"
    place = 1
    kind = "mend"
    incident = True
    namespaces = ("pid",)

    def values(self, draw: Random) -> Mapping[str, str | int | float]:
        return {"seconds": draw.randint(10_000, 99_999)}

    def scene(self, stage: Stage) -> None:
        program = ("sleep", str(stage.values["seconds"]))
        stage.call("service", os.execvp, CloneFlag.CLONE_NEWPID, args=(program[0], program), may_end=True)

    def forms(self, scene: Scene) -> Mapping[str, object]:
        return {"old": scene.pid("service")}

    def check(self, scene: Scene) -> Iterator[Finding]:
        old, command = scene.pid("service"), f"sleep {scene.values['seconds']}"
        jobs = {each.pid: each for each in pids.running(*command.split())}
        runs = jobs.pop(old, None) is not None
        if runs and not jobs:
            raise NotBegun(f"your processes `{command}`", "another one in its place", f"{old}, the old one", *BEGIN)
        looked = f"your processes `{command}`, but for {old}"
        yield Finding("again", looked, "one that runs", ", ".join(map(str, jobs)) or "none", bool(jobs), AGAIN)
        if jobs:
            pid = max(jobs, key=lambda each: (jobs[each].has_own("pid"), _takes(pids.first_of(each))))
            own = jobs[pid].has_own("pid")
            where = "another than the host's" if own else "the host's"
            yield Finding("namespace", f"the pid namespace of process {pid}", "one of its own", where, own, HOST)
            first = pids.first_of(pid)
            took = _takes(first)
            found = "SIGTERM is in one of them" if took else "no handler, so that the kernel drops SIGTERM"
            yield Finding("handler", f"the first process there ({first}): its signals in SigCgt and SigBlk",
                          "SIGTERM, caught or waited for", found, took, NO_HANDLER)  # fmt: skip
        yield Finding("old", f"process {old}", "ended", "it runs" if runs else "it has ended", not runs, OLD)


def _takes(first: int | None) -> bool:
    # It may end while it is looked at, and with it all the others.
    return first is not None and process.runs(first) and pids.takes(first, signal.SIGTERM)
