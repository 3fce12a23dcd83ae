"""Two groups that share no CPU (cpuset(7))."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from nslab.cgroups.cpuset.experiment import one_cpu
from nslab.course.checking import look
from nslab.course.checking.exercise import Exercise
from nslab.course.checking.outcome import Finding, NotBegun
from nslab.course.checking.scene import Scene
from nslab.course.checking.stage import Stage
from nslab.errors import Unsupported
from nslab.lab.power.cpus import shown, usable_cpus

NOTHING = (
    "taskset changes what a process asks for, and it can ask again. What says for a whole group which CPUs there are?",
    "cpuset.cpus of a group is a list of CPUs, such as 0 or 1-3.",
    "echo 0 > cpuset.cpus, in the directory of one of the two; and the other CPUs in that of the other.",
)
ONE = (
    "How many CPUs may the group of *server* use? It is to be one.",
    "Write the number of that CPU to cpuset.cpus, in the directory of *database*.",
)
OTHERS = (
    "Compare the two lists: what the database has is to be missing from the reports' list, and nothing else.",
    "cpuset.cpus of *reports* takes a list such as 1-3, or 0,2-3: all but the database's.",
)


class Task(Exercise):
    """What counts is the set of whatever group each process is in, and not what it has asked for."""

    lesson = "11"
    place = 2
    subsystems = ("cpuset",)

    def why_not(self) -> Unsupported | None:
        return one_cpu("a choice of CPUs") if len(usable_cpus()) < 2 else None

    def scene(self, stage: Stage) -> None:
        for role, name in (("database", "server"), ("reports", "report")):
            stage.process(name, ["sleep", "infinity"], where=stage.group(role, "cpuset", cpus=usable_cpus()))
        stage.note("cpus", list(usable_cpus()))

    def forms(self, scene: Scene) -> Mapping[str, object]:
        first, *others = scene.notes["cpus"]
        paths = {role: scene.group(role).path("cpuset") for role in ("database", "reports")}
        pids = {name: scene.pid(name) for name in ("server", "report")}
        return {**paths, **pids, "cpu": first, "others": shown(tuple(others)), "all": shown((first, *others))}

    def check(self, scene: Scene) -> Iterator[Finding]:
        every = tuple(scene.notes["cpus"])
        server, report = (look.group_of(scene.pid(name), "cpuset").cpus for name in ("server", "report"))
        looked = {
            name: f"the CPUs of the cgroup of {name} (process {scene.pid(name)})" for name in ("server", "report")
        }
        if server == report == every:
            raise NotBegun(looked["server"], "one CPU", shown(server), *NOTHING)
        yield Finding("server", looked["server"], "one CPU", shown(server), len(server) == 1, ONE)
        wanted = tuple(cpu for cpu in every if cpu not in server)
        yield Finding("report", looked["report"], f"{shown(wanted) or 'another'}, which is all but the server's",
                      shown(report), report == wanted, OTHERS)  # fmt: skip
