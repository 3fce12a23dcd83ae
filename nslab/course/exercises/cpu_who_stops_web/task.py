"""A quota that a neighbour has used up stops all that is below it (sched-bwc.rst, "hierarchical considerations")."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping

from nslab.cgroups.bench import load, measure
from nslab.cgroups.bench.turns import heard
from nslab.cgroups.core.group import Cgroup
from nslab.cgroups.core.location import home
from nslab.cgroups.core.quantities import THROTTLED
from nslab.course.checking import look
from nslab.course.checking.exercise import Exercise
from nslab.course.checking.measured import burn_in
from nslab.course.checking.outcome import Finding
from nslab.course.checking.scene import Scene
from nslab.course.checking.stage import Stage
from nslab.lab.power.cpus import usable_cpus
from nslab.linux import process

QUOTAS = {"company": 12, "team": 9, "web": 6, "batch": 4}
"""Percent of one CPU; small, so that a load meets them soon also where others want the CPU. v1 takes no larger one
inside a smaller one."""
STOPS = {"batch": 6, "culprit": 3}
"""How often each is stopped while the scene is made."""
BURNS = {"team": "report", "company": "mail"}
"""Whose quota is used up → who uses it up."""
NO_SUCH = ("Answer with the name of one of the groups that are given.", "One of these: company, team, web, …")
ELSEWHERE = (
    "That group may have been stopped, and *server* is not in it or below: it goes on meanwhile.",
    "Whom a quota stops: all in the group, and all below. Which groups is *server* in or below?",
    "grep nr_throttled cpu.stat, in the directories of web, team and company.",
)
UNMET = (
    "Its quota was never used up, as the kernel counts it. Which file has those counts?",
    "cpu.stat of each group: nr_throttled says in how many periods its own quota stopped it.",
    "grep nr_throttled cpu.stat, in the directories of web, team and company.",
)


class Task(Exercise):
    """Whose quota is used up is drawn; the check reads what the kernel has counted."""

    lesson = "10"
    place = 4
    kind = "find"
    answer = "the name of a group"
    subsystems = ("cpu",)

    def scene(self, stage: Stage) -> None:
        culprit = stage.draw.choice(sorted(BURNS))
        company = stage.group("company", "cpu")
        team = stage.group("team", parent=company)
        web = stage.group("web", parent=team)
        for role, above in (("report", team), ("mail", company), ("batch", company)):
            stage.group(role, parent=above)
        # It starts before there are quotas: the start itself would use them up on a slow machine.
        server = stage.call("server", wait, where=web)
        server.heard()
        stage.until("server did not wait", lambda: process.status(server.pid)["State"].startswith("S"))
        for role, quota in QUOTAS.items():
            stage.cgroups[role].quota = quota
        for burns, stopped, times in (
            ("batch", "batch", STOPS["batch"]), (BURNS[culprit], culprit, STOPS["culprit"])
        ):  # fmt: skip
            # They get more than their quotas, also where others want the CPU.
            with heard(company):
                _use_up(stage, stage.cgroups[burns], stage.cgroups[stopped], times)

    def forms(self, scene: Scene) -> Mapping[str, object]:
        return {role: scene.group(role).path("cpu") for role in scene.groups}

    def check(self, scene: Scene) -> Iterator[Finding]:
        role = scene.answered(self.name)
        if role not in scene.groups:
            there = f"one of {', '.join(scene.groups)}"
            yield Finding("name", "the group that you named", there, scene.answer, False, NO_SUCH)
            return
        group, pid = scene.group(role), scene.pid("server")
        own = look.group_of(pid, "cpu")
        above = group.path("cpu") in [each.path("cpu") for each in own.upwards("cpu")]
        yield Finding("above", f"the cgroup of server (process {pid})", f"{role}, or one below it", own.path("cpu"),
                      above, ELSEWHERE)  # fmt: skip
        times = int(THROTTLED.of(group))
        yield Finding("stopped", f"nr_throttled of {role}, in {group.path('cpu')}/cpu.stat", "more than 0", str(times),
                      times > 0, UNMET)  # fmt: skip


def _use_up(stage: Stage, burns: Cgroup, stopped: Cgroup, times: int) -> None:
    """Run a loop in a group until the quota of this, or of one above it, has stopped it so often."""
    # It moves in when it is ready to run: to start below so small a quota takes seconds.
    with measure.running([(home(), burn_in, ((burns.path("cpu"),), usable_cpus()[-1]))]):
        stage.until(f"the quota of {stopped.name} was not used up", lambda: stopped.throttled.times >= times)


def wait() -> None:
    """Say that it runs, and do nothing."""
    os.write(1, load.READY.encode())
    while True:
        time.sleep(3600)
