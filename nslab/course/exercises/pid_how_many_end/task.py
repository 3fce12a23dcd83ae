"""What the kernel ends together with the first process of a pid namespace, also further below (pid_namespaces(7))."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from nslab.course.checking.exercise import Exercise
from nslab.course.checking.numbers import compared
from nslab.course.checking.outcome import Finding
from nslab.course.checking.scene import Scene
from nslab.course.checking.stage import Stage
from nslab.linux import process

NUMBER = ("Answer with a whole number.",)
MEASURE = (
    "The number is said; now measure it: end the first process of `job`, and no other.",
    "It is number 1 of its namespace, and has no handler. Which signal gets through to it, from the host?",
    "kill -9 PID, on the host. Then check again, with your number.",
)
RECKON = (
    "The kernel ends all that are in the namespace of `job`. Is a process in a namespace below it in it, too?",
    "A process has a number in each namespace from its own up (NSpid). With the first process of one of them it ends.",
    "Begin anew, and count on the host: the first process, its children, and what is below. pstree -p PID shows them.",
)


class Task(Exercise):
    """A sandbox is in the job's pid namespace with one of its own; a neighbour, whose processes look alike, is not."""

    lesson = "04"
    place = 5
    kind = "reckon"
    answer = "a number of processes"
    namespaces = ("pid",)

    def scene(self, stage: Stage) -> None:
        job = stage.sandbox("job", pid=True, may_end=True)
        inner = stage.sandbox("inner", parent=job, pid=True, may_end=True, told=False)
        neighbour = stage.sandbox("neighbour", pid=True)
        for role, box, most in (("job", job, 6), ("inner", inner, 4), ("neighbour", neighbour, 4)):
            for n in range(stage.draw.randint(2, most)):
                stage.process(f"{role}-{n}", ["sleep", "infinity"], where=box, may_end=box is not neighbour, told=False)

    def forms(self, scene: Scene) -> Mapping[str, object]:
        return {"first": scene.pid("job"), "right": len(ending(scene))}

    def check(self, scene: Scene) -> Iterator[Finding]:
        if not scene.answer.isdecimal():
            yield Finding("number", "your answer", "a number of processes", scene.answer, False, NUMBER)
            return
        first, said = scene.pid("job"), int(scene.answer)
        runs = process.runs(first)
        found = "it runs" if runs else "it has ended"
        yield Finding("ended", f"the first process of job, {first}", "ended", found, not runs, MEASURE)
        if not runs:
            gone = sum(not process.runs(pid) for pid in ending(scene))
            right, told = compared(said, gone)
            looked = "the processes of the scene that have ended"
            yield Finding("gone", looked, f"{said}, as you said", told, right, RECKON)


def ending(scene: Scene) -> list[int]:
    """Those of the scene that may end: whether they have is for the kernel to say."""
    return [each.pid for each in scene.members.values() if each.may_end]
