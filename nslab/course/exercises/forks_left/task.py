"""What limits on processes leave room for: they count threads, and those of all groups below (cgroup-v1/pids.rst)."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator, Mapping

from nslab.cgroups.bench.load import READY
from nslab.course.checking.exercise import Exercise
from nslab.course.checking.numbers import compared
from nslab.course.checking.outcome import Finding
from nslab.course.checking.scene import Scene
from nslab.course.checking.stage import Stage

PATIENCE = 20.0


def serve(threads: int) -> None:
    """A process with so many threads, which do nothing."""
    for _ in range(threads - 1):
        threading.Thread(target=threading.Event().wait, daemon=True).start()
    os.write(1, READY.encode())
    while True:
        signal.pause()


class Task(Exercise):
    """The answer is compared with the least room that the kernel's counters leave on the way up."""

    lesson = "14"
    place = 4
    kind = "reckon"
    answer = "a number of processes"
    subsystems = ("pids",)

    def scene(self, stage: Stage) -> None:
        draw = stage.draw
        team = stage.group("team", "pids")
        service, others = (stage.group(role, parent=team) for role in ("service", "others"))
        server = stage.call("server", serve, where=service, args=(draw.randint(4, 9),))
        server.heard(seconds=PATIENCE)
        for role, group, count in (("worker", service, draw.randint(1, 3)), ("other", others, draw.randint(2, 4))):
            for number in range(count):
                stage.process(f"{role}-{number}", ["sleep", "infinity"], where=group, told=False)
        room = draw.randint(4, 12)
        team.pids_max = team.pids + room
        service.pids_max = service.pids + room + draw.randint(2, 9)

    def forms(self, scene: Scene) -> Mapping[str, object]:
        return {role: scene.group(role).path("pids") for role in ("team", "service", "others")}

    def check(self, scene: Scene) -> Iterator[Finding]:
        limited = [group for group in scene.group("service").upwards("pids") if group.pids_max is not None]
        rooms = {group.path("pids"): group.pids_max - group.pids for group in limited}
        looked = "the processes that may still be started in service"
        if not scene.answer.isdecimal():
            yield Finding("number", looked, self.answer, scene.answer, False, ("Answer with a number, such as 3.",))
            return
        said, room = int(scene.answer), min(rooms.values(), default=None)
        right, told = (False, "no limit") if room is None else compared(said, room)
        hints = (
            "The limit counts threads, not processes. Who keeps the count?",
            "A process needs room in its group and in each one above: the least room counts.",
            "pids.max less pids.current, in service and in team: the smaller one of the two.",
        )
        yield Finding("room", looked, scene.answer, told, right, hints)
