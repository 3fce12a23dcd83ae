"""A limit above the one that was raised, which nobody has looked at (cgroup-v2.rst, "Memory"; cgroups(7))."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator, Mapping
from random import Random

from nslab.cgroups.core.quantities import LIMIT_MET, OOM_KILLS
from nslab.cgroups.core.units import MIB, shown_size
from nslab.cgroups.memory.experiment import swap_off
from nslab.course.checking import look
from nslab.course.checking.exercise import Exercise
from nslab.course.checking.outcome import Finding
from nslab.course.checking.scene import Scene
from nslab.course.checking.stage import Stage
from nslab.linux import process

LACKS = 8 * MIB
"""How much less than it needs the import may have. What starts it has to fit in, or that would be killed."""
SLACK = MIB
"""The kernel counts by the page in batches for each CPU, so a little may not be counted yet (memcontrol.c)."""
PAUSE = 0.5
"""Seconds between two attempts."""


def keep_trying(need: int) -> None:
    """Have a child take so many bytes; whenever it was killed, have another one try, for ever."""
    while True:
        child = process.fork()
        if child == 0:
            _import(need)
        os.waitpid(child, 0)
        time.sleep(PAUSE)


def _import(need: int) -> None:
    try:
        process.die_with_parent()
        kept = b"x" * need
        while kept:
            signal.pause()
    finally:
        os._exit(1)


class Task(Exercise):
    """The check asks how much memory the import has got; who sets a limit right sees it come up by itself."""

    lesson = "12"
    place = 5
    kind = "mend"
    incident = True
    subsystems = ("memory",)

    def values(self, draw: Random) -> Mapping[str, str | int | float]:
        need = draw.randrange(28, 44, 2)
        pot = need + draw.randrange(16, 48, 8)
        return {"need": need, "pot": pot, "own": 4 * pot}

    def scene(self, stage: Stage) -> None:
        need, own = (int(stage.values[key]) * MIB for key in ("need", "own"))
        # Which of the two above it has the limit is for the learner to find out.
        low = stage.draw.choice(("tenant", "jobs"))
        tenant = stage.group("tenant", "memory")
        swap_off(tenant)
        tenant.memory_max = need - LACKS if low == "tenant" else int(stage.values["pot"]) * MIB
        jobs = stage.group("jobs", parent=tenant)
        swap_off(jobs)
        if low == "jobs":
            jobs.memory_max = need - LACKS
        group = stage.group("import", parent=jobs, memory_max=own)
        swap_off(group)
        swap_off(stage.group("neighbour", "memory"))
        stage.call("import", keep_trying, where=group, args=(need,))

    def forms(self, scene: Scene) -> Mapping[str, object]:
        (file, none), *_ = look.Group.memory_max.files(scene.group("tenant"), None)
        files = {role: scene.group(role).path("memory", file) for role in ("tenant", "jobs", "import")}
        away = scene.group("neighbour").path("memory", "cgroup.procs")
        return {**files, "none": none, "pid": scene.pid("import"), "away": away}

    def check(self, scene: Scene) -> Iterator[Finding]:
        need, pot = (int(scene.values[key]) * MIB for key in ("need", "pot"))
        tenant, group = scene.group("tenant"), look.group_of(scene.pid("import"), "memory")
        above = [each.path("memory") for each in group.upwards("memory")]
        back = ("Outside of tenant somebody else pays for it. Move it back.",)
        yield Finding("there", "the group of import", "tenant, or one below it", above[0] if above else "the topmost",
                      tenant.path("memory") in above, back)  # fmt: skip
        limit = tenant.memory_max
        agreed = (
            "Without a limit a leak takes all of the machine, from everybody. What was agreed on?",
            f"The limit of tenant may be up to {pot} bytes, and has to leave room for the import.",
        )
        shown, kept = "no limit" if limit is None else shown_size(limit), limit is not None and limit <= pot
        yield Finding("limit", "the limit of tenant", f"at most {shown_size(pot)}", shown, kept, agreed)
        # What is charged to its group, and not what it shows as its own: that has pages of who has forked it.
        has = group.memory_anon + SLACK
        kills = int(OOM_KILLS.of(scene.group("import")))
        found = shown_size(has) if has >= need else f"less; the OOM killer has ended it {kills} times"
        yield Finding("memory", "the memory that import has got", shown_size(need), found, has >= need,
                      _hints(scene, need))  # fmt: skip


def _hints(scene: Scene, need: int) -> tuple[str, ...]:
    groups = {role: scene.group(role) for role in ("import", "jobs", "tenant")}
    low = [role for role, group in groups.items() if group.memory_max is not None and group.memory_max <= need]
    return (
        "137 says SIGKILL. Did the kernel send it, for want of memory? For whose want: the machine's, or a group's?",
        "Limits count on the way up. Each group counts how often its own limit was met "
        f"({LIMIT_MET.form_of(groups['import']).file}).",
        f"{' and '.join(low) or 'One above'} may have no more than the import needs. Its limit has to be raised.",
    )
