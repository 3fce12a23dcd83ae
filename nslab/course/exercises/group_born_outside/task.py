"""Children stay where they were born when their parent is moved (cgroups(7), rule 4 of the lesson)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from nslab.course.checking import look
from nslab.course.checking.exercise import Exercise
from nslab.course.checking.outcome import Finding
from nslab.course.checking.scene import Scene
from nslab.course.checking.stage import Stage
from nslab.linux import process

BACKUP = "sleep infinity & sleep infinity & sleep infinity & wait"
STARTED = 3
ENDED = ("What has ended does no backup. `nslab reset` starts it again.", "nslab reset group-born-outside")
MOVED = (
    "The script is to be in the group, too: who does the work is not all that belongs to the backup.",
    "echo PID > cgroup.procs moves one process, wherever it is.",
)
OUTSIDE = (
    "A child starts in the group of its parent. What becomes of it when the parent is moved later?",
    "Each goes its own way after the fork. Which processes has the script started, and where are they?",
    "pgrep -P PID lists the children of a process. Each number goes to the group's cgroup.procs, one at a time.",
)


class Task(Exercise):
    """The script has forked in one group and was moved to another."""

    lesson = "09"
    place = 3
    kind = "mend"
    subsystems = ("pids",)

    def scene(self, stage: Stage) -> None:
        limited = stage.group("limited", "pids", pids_max=20)
        lobby = stage.group("lobby", "pids", told=False)
        script = stage.process("script", ["sh", "-c", BACKUP], where=lobby).pid
        stage.until("the script had not started its programs", lambda: len(process.children(script)) == STARTED)
        limited.add(script)
        stage.note("children", process.children(script))

    def forms(self, scene: Scene) -> Mapping[str, object]:
        limited = scene.group("limited").path("pids")
        return {"limited": limited, "lobby": scene.group("lobby").path("pids"), "script": scene.pid("script"),
                "one": scene.notes["children"][0]}  # fmt: skip

    def check(self, scene: Scene) -> Iterator[Finding]:
        group, script = scene.group("limited"), scene.pid("script")
        members, wanted = group.all_procs("pids"), group.path("pids")
        started = sorted(process.children(script))
        yield Finding("runs", f"what the script (process {script}) has started and runs", f"{STARTED} processes",
                      f"{len(started)} processes", len(started) >= STARTED, ENDED)  # fmt: skip
        yield Finding("script", f"the cgroup of the script (process {script})", wanted, _of(script), script in members,
                      MOVED)  # fmt: skip
        for number, pid in enumerate(started, 1):
            yield Finding(f"child-{number}", f"the cgroup of process {pid}, which the script has started", wanted,
                          _of(pid), pid in members, OUTSIDE)  # fmt: skip


def _of(pid: int) -> str:
    return look.group_of(pid, "pids").path("pids")
