"""A group that is busy because of a process further below (rmdir(2), EBUSY; cgroups(7))."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from nslab.course.checking import look, words
from nslab.course.checking.exercise import Exercise
from nslab.course.checking.outcome import Finding
from nslab.course.checking.scene import Scene
from nslab.course.checking.stage import Stage
from nslab.linux import process

NUMBER = ("Answer with a number, as ps(1) and cgroup.procs show it.", "It is a process that runs now.")
ELSEWHERE = (
    "cgroup.procs of a group lists its own processes, and not those of the groups inside. What else is in *old*?",
    "A group is a directory: find(1) shows all that are below. Each of them has a cgroup.procs.",
    "find DIRECTORY -name cgroup.procs -exec cat {} +, with the directory of *old*.",
)


class Task(Exercise):
    """Where below it sits is drawn; another process with the same command is in a group beside it."""

    lesson = "09"
    place = 1
    kind = "find"
    answer = "the number of a process"
    subsystems = ("pids",)

    def scene(self, stage: Stage) -> None:
        old, new = stage.group("old", "pids"), stage.group("new", "pids")
        inner = []
        for outer in words.names(stage.draw, 3):
            between = stage.group(outer, parent=old, told=False)
            inner += [stage.group(name, parent=between, told=False) for name in words.names(stage.draw, 2)]
        stage.process("keeper", ["sleep", "infinity"], where=stage.draw.choice(inner), told=False)
        stage.process("newer", ["sleep", "infinity"], where=new, told=False)

    def forms(self, scene: Scene) -> Mapping[str, object]:
        return {role: scene.group(role).path("pids") for role in ("old", "new")}

    def check(self, scene: Scene) -> Iterator[Finding]:
        old = scene.group("old")
        if not scene.answer.isdecimal() or not process.runs(int(scene.answer)):
            yield Finding("number", "the process that you named", "the number of one that runs", scene.answer, False,
                          NUMBER)  # fmt: skip
            return
        pid = int(scene.answer)
        found = look.group_of(pid, "pids").path("pids")
        yield Finding("keeps", f"the cgroup of process {pid}, in /proc/{pid}/cgroup", f"one below {old.path('pids')}",
                      found, pid in old.all_procs("pids"), ELSEWHERE)  # fmt: skip
