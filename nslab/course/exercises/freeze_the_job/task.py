"""All processes of a job stopped at once, by the freezer (cgroup-v2.rst, "cgroup.freeze"; freezer-subsystem.rst)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from random import Random

from nslab.course.checking import look
from nslab.course.checking.exercise import Exercise
from nslab.course.checking.outcome import Finding, NotBegun
from nslab.course.checking.scene import Scene
from nslab.course.checking.stage import Stage

WATCH = "monitor"


class Task(Exercise):
    """What counts is what each process is kept from, wherever it is."""

    lesson = "14"
    place = 1
    subsystems = ("freezer",)

    def values(self, draw: Random) -> Mapping[str, str | int | float]:
        return {"count": draw.randrange(3, 8)}

    def scene(self, stage: Stage) -> None:
        stack = stage.group("stack", "freezer")
        job, beside = stage.group("job", parent=stack), stage.group("watch", parent=stack)
        running = [
            stage.process(f"job-{number}", ["sleep", "infinity"], where=job, told=False)
            for number in range(int(stage.values["count"]))
        ]
        stage.give(f"the processes of the job: {', '.join(str(each.pid) for each in running)}")
        stage.process(WATCH, ["sleep", "infinity"], where=beside)

    def forms(self, scene: Scene) -> Mapping[str, object]:
        (file, freeze), *_ = look.Group.frozen.files(scene.group("job"), True)
        (_, thaw), *_ = look.Group.frozen.files(scene.group("job"), False)
        pids = _pids(scene)
        return {
            "job_file": scene.group("job").path("freezer", file),
            "stack_file": scene.group("stack").path("freezer", file),
            "watch_procs": scene.group("watch").path("freezer", "cgroup.procs"),
            "freeze": freeze, "thaw": thaw, "pids": " ".join(map(str, pids)), "first": pids[0], "left": len(pids) - 1,
        }  # fmt: skip

    def check(self, scene: Scene) -> Iterator[Finding]:
        standing = Counter(map(look.standing, _pids(scene)))
        (file, freeze), *_ = look.Group.frozen.files(scene.group("job"), True)
        found = ", ".join(f"{number} {how}" for how, number in sorted(standing.items()))
        count = sum(standing.values())
        hints = (
            "Which subsystem stops all that is in a group, without telling anybody?",
            "A group has a switch for it, and all of the job's processes are in one group.",
            f"echo {freeze} > {file}, in the directory of the group job.",
        )
        if standing[look.STOPPED]:
            hints = (
                "The job is told of a signal, and what it starts anew meanwhile has got none.",
                "Send them SIGCONT. Then stop all of the group at once, with the switch that a group has for it.",
                *hints[2:],
            )
        looked, wanted = "the processes of the job", f"{count} frozen"
        if not standing["frozen"]:
            raise NotBegun(looked, wanted, found, *hints)
        yield Finding("job", looked, wanted, found, standing["frozen"] == count, hints)
        other = look.standing(scene.pid(WATCH))
        beside = (
            "What is frozen in a group is all that is in it, and all that is below it.",
            "Thaw the group that both are in. The job has one of its own, below it.",
        )
        yield Finding(WATCH, f"the process {WATCH}", "running", other, other == "running", beside)


def _pids(scene: Scene) -> list[int]:
    return [scene.pid(role) for role in scene.members if role != WATCH]
