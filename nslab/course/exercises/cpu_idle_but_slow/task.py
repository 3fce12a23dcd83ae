"""A quota that is large enough on average, and too small for one burst (sched-bwc.rst, "burst")."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from random import Random

import psutil

from nslab.cgroups.core.knobs import BURST
from nslab.cgroups.core.quantities import THROTTLED
from nslab.course.checking import look
from nslab.course.checking.exercise import Exercise
from nslab.course.checking.outcome import Finding
from nslab.course.checking.scene import Scene
from nslab.course.checking.stage import Stage

EVERY = 0.5
"""Seconds from the end of one request to the next."""
WATCHED = 1.3
"""Seconds in which one request comes for sure, and two where the CPU is free."""
CLOSE = 0.5
"""Points."""
PAID = (
    "The customer has paid for a part of a CPU: quota divided by period. Which pairs of numbers are the same part?",
    "Twice the quota in twice the period is the same part.",
)
ROOM = (
    "A group is stopped when its quota for this period is used up, however idle it was before. What does one request "
    "need, and how much may be used at once?",
    "cpu.stat counts the stops. A period is 100 ms unless somebody has said otherwise; it may be up to 1 s long.",
    "Make the quota and the period longer by the same factor; or let it save up what it did not use: cpu.max.burst, "
    "v1: cpu.cfs_burst_us (Linux 5.14).",
)
STOPPED = (
    "The kernel counts a stop of the service still. Which group on the way up counts it?",
    "grep nr_throttled cpu.stat, in the group of the service and in those above it.",
)
SILENT = (
    "No request was answered while it was watched: the service has to run.",
    "Was it stopped by a signal, or frozen? kill -CONT PID goes on with it.",
)


class Task(Exercise):
    """That it is stopped no more is watched. A busy machine may hide a stop: the room for a burst does not."""

    lesson = "10"
    place = 5
    kind = "mend"
    incident = True
    measures = True
    subsystems = ("cpu",)

    def values(self, draw: Random) -> Mapping[str, str | int | float]:
        # Between one and two times what the quota gives in 100 ms: a burst can be saved up, too.
        return {"sold": draw.randint(20, 24), "work": draw.randint(28, 33)}

    def scene(self, stage: Stage) -> None:
        group = stage.group("service", "cpu", quota=stage.values["sold"])
        stage.call("service", requests, where=group, args=(int(stage.values["work"]) / 1000,))

    def forms(self, scene: Scene) -> Mapping[str, object]:
        group = scene.group("service")
        return {"directory": group.path("cpu"), "service": scene.pid("service"),
                "weight_file": group.path("cpu", look.Group.weight.form_of(group).file)}  # fmt: skip

    def check(self, scene: Scene) -> Iterator[Finding]:
        pid, sold, work = scene.pid("service"), int(scene.values["sold"]), int(scene.values["work"])
        limited = [each for each in look.group_of(pid, "cpu").upwards("cpu") if look.Group.quota.is_there(each)]
        percent = look.group_of(pid, "cpu").least("cpu", "quota")
        yield Finding("paid", f"the least quota from the cgroup of process {pid} up", f"{sold} % of one CPU",
                      "none" if percent is None else f"{percent:.3g} % of one CPU",
                      percent is not None and abs(percent - sold) <= CLOSE, PAID)  # fmt: skip
        room = min(filter(None, map(_at_once, limited)), default=None)
        yield Finding("room", "how much CPU time it may use at once (quota and burst of one period)",
                      f"{work} ms or more", "as much as there is" if room is None else f"{room / 1000:g} ms",
                      room is None or room >= 1000 * work, ROOM)  # fmt: skip
        before = sum(int(THROTTLED.of(each)) for each in limited), _cpu_time(pid)
        time.sleep(WATCHED)
        stops = sum(int(THROTTLED.of(each)) for each in limited) - before[0]
        used = _cpu_time(pid) - before[1]
        yield Finding("answers", f"the CPU time of process {pid} in {WATCHED} s", "that of a request or more",
                      f"{1000 * used:.0f} ms", used >= work / 1000 / 2, SILENT)  # fmt: skip
        looked = f"how often it was stopped in {WATCHED} s (nr_throttled, on the way up)"
        yield Finding("stops", looked, "0", str(stops), stops == 0, STOPPED)


def _at_once(group: look.Group) -> int | None:
    """Microseconds that may be used in one period after an idle one; None without a limit."""
    quota, _ = look.Group.quota.form_of(group).parts(lambda file: group.read("cpu", file))
    return None if quota is None else quota + (int(BURST.of(group)) if BURST.is_there(group) else 0)


def _cpu_time(pid: int) -> float:
    """Seconds of CPU time that a process has used (proc_pid_stat(5))."""
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


def requests(work: float) -> None:
    """Use so many seconds of CPU time at once, and wait for the next request, for ever."""
    while True:
        end = time.process_time() + work
        while time.process_time() < end:
            pass
        # From the end of the last: on a busy machine two would else follow each other at once.
        time.sleep(EVERY)
