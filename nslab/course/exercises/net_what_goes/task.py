"""What is left of wires when a sandbox ends whose network namespace somebody else may be in (network_namespaces(7))."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping

from nslab.course.checking import look, wires
from nslab.course.checking.exercise import Exercise
from nslab.course.checking.numbers import compared
from nslab.course.checking.outcome import Finding
from nslab.course.checking.scene import Scene
from nslab.course.checking.stage import Stage
from nslab.linux import ns, process
from nslab.linux.flags import CloneFlag

STAY = 86_400
"""Seconds; a scene ends before."""
NUMBER = ("Answer with a whole number.",)
MEASURE = (
    "The number is said; now measure it. What ends a sandbox?",
    "Its first process is given: kill -9 PID, on the host. Then check again, with your number.",
)
RECKON = (
    "What becomes of a wire when one of its ends goes? And when does a network namespace end?",
    "With its last process. Is `helper` in that of web? Compare /proc/PID/ns/net of both, once you have begun anew.",
    "Where nobody else is in it, its interfaces go, and each takes its other end along. Otherwise all stay.",
)


class Task(Exercise):
    """Where the helper is, and how many wires there are, is drawn. The check counts when web has ended."""

    lesson = "05"
    place = 5
    kind = "reckon"
    answer = "a number of interfaces"
    namespaces = ("net", "uts")
    programs = ("ip",)

    def scene(self, stage: Stage) -> None:
        room = wires.room(stage)
        web = stage.sandbox("web", parent=room, may_end=True, net=True, lo=True, uts=True, hostname="web")
        db = wires.box(stage, "db", room)
        wanted = {"web": stage.draw.randint(2, 5), "db": stage.draw.randint(1, 4)}
        for role, box in (("web", web), ("db", db)):
            for n in range(1, wanted[role] + 1):
                wires.ip(room, f"link add to-{role}-{n} type veth peer name eth{n} netns {box.pid}")
        wires.ip(room, f"link add other netns {web.pid} type veth peer name other netns {db.pid}")
        joins = stage.draw.random() < 0.5
        helper = stage.call("helper", stay, where=room, args=(web.pid if joins else db.pid,))
        helper.heard("here")
        left = 1 + wanted["db"]
        stage.note("reckoned", left + wanted["web"] if joins else left)
        stage.note("otherwise", left if joins else left + wanted["web"])

    def forms(self, scene: Scene) -> Mapping[str, object]:
        pids = {role: scene.pid(role) for role in ("web", "helper")}
        return {**pids, "right": scene.notes["reckoned"], "otherwise": scene.notes["otherwise"]}

    def check(self, scene: Scene) -> Iterator[Finding]:
        if not scene.answer.isdecimal():
            yield Finding("number", "your answer", "a number of interfaces", scene.answer, False, NUMBER)
            return
        web = scene.pid("web")
        runs = process.runs(web)
        found = "it runs" if runs else "it has ended"
        yield Finding("ended", f"the first process of web, {web}", "ended", found, not runs, MEASURE)
        if not runs:
            said = int(scene.answer)
            right, told = compared(said, len(look.interfaces(scene.pid("room"))))
            yield Finding("left", "the interfaces in room", f"{said}, as you said", told, right, RECKON)


def stay(pid: int) -> None:
    """Join the network namespace of a process, and stay in it."""
    ns.setns(ns.pidfd_open(pid), int(CloneFlag.CLONE_NEWNET))
    print("here", flush=True)
    time.sleep(STAY)
