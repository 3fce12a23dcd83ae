"""A group that is frozen by the one above it, beside one that has to stay so (cgroup-v2.rst; freezer-subsystem.rst)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from random import Random

from nslab.cgroups.bench import load
from nslab.course.checking import look
from nslab.course.checking.exercise import Exercise
from nslab.course.checking.outcome import Finding
from nslab.course.checking.scene import Scene
from nslab.course.checking.stage import Stage

TICK = 0.02
"""Seconds between two dots of the archive. What it does is seen from the CPU time that it has used."""


class Task(Exercise):
    """Whether the web server's own group is frozen beside the one above it is drawn; a learner finds out which is."""

    lesson = "14"
    place = 2
    kind = "mend"
    subsystems = ("freezer",)

    def values(self, draw: Random) -> Mapping[str, str | int | float]:
        return {}

    def scene(self, stage: Stage) -> None:
        site = stage.group("site", "freezer")
        web, archive = (stage.group(role, parent=site) for role in ("web", "archive"))
        stage.process("web", ["sleep", "infinity"], where=web)
        stage.call("archive", load.tick, where=archive, args=(TICK,))
        if stage.draw.random() < 0.5:
            web.freeze()
        site.freeze()

    def forms(self, scene: Scene) -> Mapping[str, object]:
        (file, freeze), *_ = look.Group.frozen.files(scene.group("site"), True)
        (_, thaw), *_ = look.Group.frozen.files(scene.group("site"), False)
        files = {role: scene.group(role).path("freezer", file) for role in ("site", "web", "archive")}
        pids = {f"{role}_pid": scene.pid(role) for role in ("web", "archive")}
        return {**files, **pids, "freeze": freeze, "thaw": thaw}

    def check(self, scene: Scene) -> Iterator[Finding]:
        (file, thaw), *_ = look.Group.frozen.files(scene.group("site"), False)
        web, archive = (look.standing(scene.pid(role)) for role in ("web", "archive"))
        wake = (
            "It was sent no signal, so no signal wakes it. What else stops a process? Ask its group.",
            "A group that is thawed itself stands still as long as one above it is frozen.",
            f"Write {thaw} to {file} of web and of site. Before that, think of what else is below site.",
        )
        if web == look.STOPPED:
            wake = ("Now a signal keeps it as well. kill -CONT PID takes that back.", *wake[1:])
        yield Finding("web", "the process web", "running", web, web == "running", wake)
        sleep = (
            "Both were kept by the group above them. Who is to stay still needs something of its own.",
            "A group may be frozen itself, however the one above it is.",
            "Freeze the group archive first, and then thaw the one above it.",
        )
        if archive == look.STOPPED:
            sleep = (
                "A signal has stopped it, and one signal lets it go on. It is to stand still by its group.",
                "Send it SIGCONT, which undoes that. No signal undoes what its group is told.",
                f"kill -CONT PID; then freeze the group archive by its own {file}, and thaw the one above it.",
            )
        yield Finding("archive", "the process archive", "frozen", archive, archive == "frozen", sleep)
