"""Cgroups with limits, in v1 or v2 (cgroups(7))."""

from __future__ import annotations

from collections.abc import Iterator

from nslab.course.checking import look
from nslab.course.checking.container import Step
from nslab.course.checking.look import Process
from nslab.course.checking.outcome import Finding
from nslab.course.checking.scene import Scene

WANTED = {"memory": ("memory_max", 64 << 20), "pids": ("pids_max", 20)}
HALF = 50.0
"""Percent of one CPU."""
HINTS = {
    "memory": (
        "Which files of a cgroup say how much memory it may have? In v1 and v2 they are called differently.",
        "A directory in the hierarchy, 64M written to memory.max (v2) or memory.limit_in_bytes (v1).",
        "And the pid of the first process written to cgroup.procs, before it starts anything.",
    ),
    "pids": (
        "Processes are counted, too, by a controller of their own.",
        "20 written to pids.max; in v1 that is in another hierarchy, where the process has to be moved as well.",
    ),
    "cpu": (
        "Half a CPU is 50 ms of each 100 ms.",
        "50000 written to cpu.max (v2) or cpu.cfs_quota_us (v1).",
    ),
}


class Task(Step):
    """What counts is the least limit on the way up from wherever it is."""

    place = 8
    subsystems = ("memory", "pids", "cpu")
    privileged = True

    def look_at(self, inside: Process, scene: Scene) -> Iterator[Finding]:
        for subsystem, (name, wanted) in WANTED.items():
            least = look.group_of(inside.pid, subsystem).least(subsystem, name)
            found = "no limit" if least is None else str(least)
            looked = f"the least limit on {subsystem} from the cgroup of process {inside.pid} up"
            yield Finding(subsystem, looked, str(wanted), found, least == wanted, HINTS[subsystem])
        quota = look.group_of(inside.pid, "cpu").least("cpu", "quota")
        found = "no limit" if quota is None else f"{quota:g} % of one"
        looked = f"the least limit on CPU from the cgroup of process {inside.pid} up"
        yield Finding("cpu", looked, f"{HALF:g} % of one", found, quota == HALF, HINTS["cpu"])
