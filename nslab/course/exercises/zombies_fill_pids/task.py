"""A pod whose limit on processes is used up by zombies (pid_namespaces(7), cgroups(7): pids.max)."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Mapping
from random import Random

from nslab.course.checking import pids
from nslab.course.checking.exercise import Exercise
from nslab.course.checking.outcome import Finding
from nslab.course.checking.scene import Scene
from nslab.course.checking.stage import PATIENCE, Stage
from nslab.course.exercises.zombies_fill_pids import containers
from nslab.linux.flags import CloneFlag

ROLES = ("web", "queue", "mail")
ENOUGH = 10
LIMIT = (
    "The limit is not what fills the pod. What is it that does?",
    "Write the old number to pids.max, and look at what the kernel counts: ps -e -o pid,ppid,stat,comm",
)
ZOMBIES = (
    "Count what there is, and its state: ps -e -o pid,ppid,stat,comm",
    "A process with the state Z has ended. It counts until its parent waits for it, and no signal removes it. Who is "
    "the parent of those?",
    "It is number 1 of its container, and waits for nobody. When it ends, its namespace ends with all that is in it. "
    "SIGTERM it does not take; kill -9 PID, from the host, ends it.",
)


class Task(Exercise):
    """Which container has the careless first process is drawn. It may end; the two others are part of the scene."""

    lesson = "04"
    place = 2
    kind = "mend"
    incident = True
    namespaces = ("pid",)
    subsystems = ("pids",)

    def values(self, draw: Random) -> Mapping[str, str | int | float]:
        return {"limit": draw.randint(24, 48)}

    def scene(self, stage: Stage) -> None:
        pod = stage.group("pod", "pids", pids_max=stage.values["limit"])
        culprit = stage.draw.choice(ROLES)
        firsts = [
            stage.call(role, containers.careless if role == culprit else containers.tidy, CloneFlag.CLONE_NEWPID,
                       where=pod, may_end=role == culprit)
            for role in ROLES
        ]  # fmt: skip
        for each in firsts:
            each.heard("here")
        for each in sorted(firsts, key=lambda each: each.pid == firsts[ROLES.index(culprit)].pid):
            each.kill(signal.SIGUSR1)
        stage.until(f"{pod.name} was not full", lambda: pod.pids_refused > 0 or pod.pids == pod.pids_max, 2 * PATIENCE)

    def forms(self, scene: Scene) -> Mapping[str, object]:
        careless = next(role for role in ROLES if scene.members[role].may_end)
        pod = scene.group("pod")
        return {
            "web": scene.pid("web"), "queue": scene.pid("queue"), "mail": scene.pid("mail"),
            "careless": scene.pid(careless), "pod": pod.path("pids"),
        }  # fmt: skip

    def check(self, scene: Scene) -> Iterator[Finding]:
        pod, limit = scene.group("pod"), scene.values["limit"]
        now = pod.pids_max
        yield Finding(
            "limit", "pids.max of the pod", str(limit), "max" if now is None else str(now), now == limit, LIMIT
        )
        ended = sum(len(pids.zombies(scene.pid(role))) for role in ROLES)
        there = pod.pids
        found = f"{there}, of which {ended} have ended and still count"
        yield Finding(
            "room", "the processes that count in the pod", f"at most {ENOUGH}", found, there <= ENOUGH, ZOMBIES
        )
