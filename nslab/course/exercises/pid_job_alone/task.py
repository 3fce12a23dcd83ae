"""A program that is pid 1, with a /proc that fits (pid_namespaces(7))."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from random import Random

from nslab.course.checking import pids
from nslab.course.checking.exercise import Exercise
from nslab.course.checking.outcome import Finding, NotBegun
from nslab.course.checking.scene import Scene
from nslab.linux import ns

NOTHING = (
    "Which flag of clone(2) makes the kernel count processes anew? Lesson 04 has it.",
    "unshare(1) has an option for it. The job has to stay alive while you check.",
    "unshare --pid --fork --mount-proc sleep SECONDS is nearly all; as an ordinary user also --user --map-root-user.",
)
OUTSIDE = (
    "unshare() moves the children, and not the caller. Which process is the first child here?",
    "unshare(1) has an option that forks before it becomes the program: --fork.",
    "unshare --pid --fork --mount-proc sleep SECONDS; as an ordinary user also --user --map-root-user.",
)
NOT_FIRST = (
    "The job is in a new namespace, but something else came first there.",
    "What the namespace's first process becomes is number 1: exec keeps the number. A shell forks for a command "
    "that is not its last.",
    "sh -c 'exec sleep SECONDS', or no shell at all.",
)
OLD_PROC = (
    "Whose processes does a /proc list? Those of the namespace of whoever mounted it.",
    "It has to be mounted anew by somebody inside, in a mount namespace of its own, or the machine would get it.",
    "unshare --mount-proc does both; in Python: nslab.clone(…, CLONE_NEWPID, CLONE_NEWNS, proc=True).",
)


class Task(Exercise):
    """Of several such jobs the one counts that is furthest."""

    lesson = "04"
    place = 1
    namespaces = ("pid", "mnt")

    def values(self, draw: Random) -> Mapping[str, str | int | float]:
        return {"seconds": draw.randint(10_000, 99_999)}

    def check(self, scene: Scene) -> Iterator[Finding]:
        command = f"sleep {scene.values['seconds']}"
        jobs = {each.pid: each for each in pids.running(*command.split())}
        if not jobs:
            raise NotBegun(f"your processes `{command}`", "one that runs", "none", *NOTHING)
        pid = max(jobs, key=lambda each: (jobs[each].has_own("pid"), pids.own_number(each) == 1))
        number, own = pids.own_number(pid), jobs[pid].has_own("pid")
        where = "another pid namespace than the host's" if own else "the host's pid namespace"
        yield Finding(
            "namespace", f"/proc/{pid}/ns/pid of `{command}`", "a pid namespace of its own", where, own, OUTSIDE
        )
        yield Finding("number", f"NSpid in /proc/{pid}/status", "1 as its last number", str(number), number == 1,
                      NOT_FIRST)  # fmt: skip
        right = own and pids.listed_by_proc(pid) == ns.inode("pid", pid)
        lists = "that namespace's" if right else "those of another, or none"
        yield Finding("proc", f"whose processes the /proc of process {pid} lists", "its own namespace's", lists, right,
                      OLD_PROC)  # fmt: skip
