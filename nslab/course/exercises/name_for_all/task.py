"""Three containers that name themselves, one of which was started without a UTS namespace (uts_namespaces(7))."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from random import Random

from nslab.course.checking import look, words
from nslab.course.checking.exercise import Exercise
from nslab.course.checking.look import Process
from nslab.course.checking.outcome import Finding
from nslab.course.checking.scene import Scene
from nslab.course.checking.stage import Stage
from nslab.linux import ns, uts

ROLES = ("web", "db", "cache")
LOOKS = 1.0
"""Seconds for which the name is watched; a program sets it every 0.3 s."""
CULPRIT = (
    "Somebody sets the name again and again. Who may do that, and on which name does it work?",
    "The three containers look alike. Compare /proc/PID/ns/uts of each with that of machine.",
    "One program uses the machine's UTS namespace. It cannot be moved: it has to be started again, in one of its own.",
)
SET_BACK = (
    "Nobody renames the machine any more, but the name that was set last is still there.",
    "nslab enter name-for-all.machine hostname NAME",
)
RUNS = (
    "The container needs its program. It is to run there, but in a UTS namespace of its own.",
    "nslab enter name-for-all.ROLE runs a command in a container; unshare --uts starts it with a host name of its own.",
    "nslab enter name-for-all.ROLE unshare --uts sh -c … agent-ROLE &, with the line that is given.",
)


class Task(Exercise):
    """Which container it is, is drawn. A program that was started again is known by its arguments and its container."""

    lesson = "02"
    place = 5
    kind = "mend"
    incident = True
    measures = True
    namespaces = ("uts", "ipc")
    programs = ("hostname",)

    def values(self, draw: Random) -> Mapping[str, str | int | float]:
        machine, node = words.names(draw, 2)
        return {"machine": machine, "node": node}

    def scene(self, stage: Stage) -> None:
        node, culprit = str(stage.values["node"]), stage.draw.choice(ROLES)
        machine = stage.sandbox("machine", uts=True, hostname=str(stage.values["machine"]))
        for role in ROLES:
            box = stage.sandbox(role, parent=machine, ipc=True, uts=role != culprit)
            stage.process(f"agent-{role}", _agent(role, node), where=box, may_end=True)
        stage.give(f"the program in each container: `sh -c '{_loop(node)}' agent-web` (agent-db, agent-cache)")

    def forms(self, scene: Scene) -> Mapping[str, object]:
        return {**{role: scene.pid(f"agent-{role}") for role in ROLES}, "loop": _loop(str(scene.values["node"]))}

    def check(self, scene: Scene) -> Iterator[Finding]:
        machine, node = str(scene.values["machine"]), str(scene.values["node"])
        agents = {role: _in_container(role, node, scene) for role in ROLES}
        shared = ns.inode("uts", scene.pid("machine"))
        sharing = [each for found in agents.values() for each in found if each.ns["uts"] == shared]
        seen = look.inside(scene.pid("machine"), ["uts"], _watched)
        yield Finding("machine", f"the host name of machine, for {LOOKS:.0f} s", machine, " and ".join(seen),
                      seen == [machine], CULPRIT if sharing or len(seen) > 1 else SET_BACK)  # fmt: skip
        running = [role for role in ROLES if agents[role]]
        looked, there = "the containers in which their program runs", ", ".join(running) or "none"
        yield Finding("run", looked, ", ".join(ROLES), there, len(running) == len(ROLES), RUNS)
        found = f"{len(sharing)} that use the machine's"
        yield Finding(
            "apart", "/proc/PID/ns/uts of these programs", "0 that use the machine's", found, not sharing, CULPRIT
        )
        names = sorted({look.hostname(each.pid) for found in agents.values() for each in found})
        yield Finding("names", "the host names that they see", node, " and ".join(names), names == [node], RUNS)


def _loop(node: str) -> str:
    return f"while sleep 0.3; do hostname {node}; done"


def _agent(role: str, node: str) -> list[str]:
    return ["sh", "-c", _loop(node), f"agent-{role}"]


def _in_container(role: str, node: str, scene: Scene) -> list[Process]:
    container = ns.inode("ipc", scene.pid(role))
    return [each for each in look.running(*_agent(role, node)) if each.ns["ipc"] == container]


def _watched() -> list[str]:
    """The host names that there are in this process's UTS namespace within LOOKS, in the order of their coming."""
    seen, end = [uts.hostname()], time.monotonic() + LOOKS
    while time.monotonic() < end:
        time.sleep(0.02)
        if uts.hostname() not in seen:
            seen.append(uts.hostname())
    return seen
