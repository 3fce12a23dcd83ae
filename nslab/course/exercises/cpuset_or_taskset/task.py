"""What a process has asked for, and what its group allows (sched_setaffinity(2), cpuset(7))."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping

from nslab.cgroups.bench import load
from nslab.cgroups.cpuset.experiment import one_cpu
from nslab.course.checking import look
from nslab.course.checking.exercise import Exercise
from nslab.course.checking.outcome import Finding
from nslab.course.checking.scene import Scene
from nslab.course.checking.stage import Stage
from nslab.errors import Unsupported
from nslab.lab.power.cpus import shown, usable_cpus
from nslab.linux import process

ROLES = ("red", "green", "blue")
NO_SUCH = ("Answer with red, green or blue.",)
FREE = (
    "Cpus_allowed_list is what was asked for, as far as it is allowed. Which file tells what is allowed?",
    "/proc/PID/cgroup says which group a process is in; cpuset.cpus of that group says what it may use.",
    "Or try it: taskset --pid --cpu-list 0-1 PID, and look what Cpus_allowed_list says then.",
)


class Task(Exercise):
    """Which one is told is drawn; the check reads the set of the group."""

    lesson = "11"
    place = 3
    kind = "find"
    answer = "the name of a process"
    subsystems = ("cpuset",)

    def why_not(self) -> Unsupported | None:
        return one_cpu("a choice of CPUs") if len(usable_cpus()) < 2 else None

    def scene(self, stage: Stage) -> None:
        told, cpu = stage.draw.choice(ROLES), stage.draw.choice(usable_cpus())
        for role in ROLES:
            group = stage.group(f"of-{role}", "cpuset", cpus=(cpu,) if role == told else usable_cpus())
            asks = usable_cpus() if role == told else (cpu,)
            stage.call(role, wait_on, where=group, args=(asks,)).heard()
        stage.note("cpus", list(usable_cpus()))

    def forms(self, scene: Scene) -> Mapping[str, object]:
        return {role: scene.pid(role) for role in ROLES} | {
            f"of_{role}": scene.group(f"of-{role}").path("cpuset") for role in ROLES
        }

    def check(self, scene: Scene) -> Iterator[Finding]:
        role = scene.answer.lower()
        if role not in ROLES:
            yield Finding("name", "the process that you named", f"one of {', '.join(ROLES)}", scene.answer, False,
                          NO_SUCH)  # fmt: skip
            return
        pid = scene.pid(role)
        cpus = look.group_of(pid, "cpuset").cpus
        yield Finding("kept", f"the CPUs of the cgroup of {role} (process {pid})", "one CPU", shown(cpus),
                      len(cpus) == 1, FREE)  # fmt: skip


def wait_on(cpus: tuple[int, ...]) -> None:
    """Ask for these CPUs, say so, and wait."""
    process.set_affinity(cpus)
    os.write(1, load.READY.encode())
    while True:
        time.sleep(3600)
