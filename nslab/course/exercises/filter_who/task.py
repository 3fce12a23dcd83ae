"""Which of three processes has a filter of system calls (seccomp(2); proc_pid_status(5), Seccomp)."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Mapping

from nslab.course.checking.exercise import Exercise
from nslab.course.checking.numbers import number
from nslab.course.checking.outcome import Finding
from nslab.course.checking.scene import Scene
from nslab.course.checking.stage import Stage
from nslab.linux import capsets, filters, process

ROLES = ("web", "db", "cache")
READY = "ready"
FILTERED = "2"
NO_SUCH = ("Answer with the number of one of the three processes.",)
ANOTHER = (
    "A filter belongs to the process, and is no file or right. What the kernel tells of it is in /proc/PID/status.",
    "no_new_privs is what somebody without privilege has to promise first. All three have, and one went on.",
    "grep Seccomp: /proc/PID/status says 0 without a filter, and 2 with one.",
)


class Task(Exercise):
    """Who has the filter is drawn; the check reads the mode of the process that was named."""

    lesson = "17"
    place = 1
    kind = "find"
    answer = "the number of a process"

    def scene(self, stage: Stage) -> None:
        under = stage.draw.choice(ROLES)
        for role in ROLES:
            stage.call(role, hold, args=(role == under,)).heard(READY, 5.0)

    def forms(self, scene: Scene) -> Mapping[str, object]:
        free = [pid for pid in map(scene.pid, ROLES) if _mode(pid) != FILTERED]
        return {"pids": " ".join(str(scene.pid(role)) for role in ROLES), "free": free[0], "last": free[-1]}

    def check(self, scene: Scene) -> Iterator[Finding]:
        pids = [scene.pid(role) for role in ROLES]
        named = number(scene.answer)
        if named not in pids:
            wanted = f"one of {', '.join(map(str, pids))}"
            yield Finding("pid", "the process that you named", wanted, scene.answer, False, NO_SUCH)
            return
        mode = _mode(int(named))
        yield Finding("mode", f"Seccomp of process {int(named)}", FILTERED, mode, mode == FILTERED, ANOTHER)


def _mode(pid: int) -> str:
    return process.status(pid)["Seccomp"]


def hold(filtered: bool) -> None:
    """Promise no_new_privs, take a filter or not, say so, and stay."""
    filter_ = filters.one_call("setns", filters.number_of("EPERM"))
    capsets.set_no_new_privs()
    if filtered:
        filters.install(filter_)
    print(READY, flush=True)
    signal.pause()
