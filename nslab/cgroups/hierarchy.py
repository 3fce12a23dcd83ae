"""The picture that every course draws: two hierarchies, cgroups in each, and tasks that are in one cgroup of each.

Source: cgroups(7), Documentation/admin-guide/cgroup-v1/cgroups.rst.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from typing import Any

from nslab.cgroups import load, measure
from nslab.cgroups.experiment import Part, Seen, run
from nslab.cgroups.free import free
from nslab.cgroups.group import Cgroup
from nslab.cgroups.mounts import Mounts, attaching, without_session
from nslab.cgroups.tree import hierarchies
from nslab.cgroups.units import shown_size
from nslab.cgroups.where import Where, where
from nslab.errors import Unsupported
from nslab.evidence import AS_EXPECTED, Evidence, Reading
from nslab.lab import groups
from nslab.lab.handle import Child
from nslab.lab.host import host
from nslab.linux import cgroupfs
from nslab.parts import chosen
from nslab.samples import Chart, Series

CLAIM = "A task is in one cgroup of each hierarchy, and each hierarchy limits it by its own subsystems."
QUOTAS = {"cgrp1": 60.0, "cgrp2": 20.0}
LIMITS = {"cgrp3": 256 << 20, "cgrp4": 64 << 20}
TASKS = (("cgrp1", "cgrp3"), ("cgrp1", "cgrp4"), ("cgrp2", "cgrp4"))
"""For each task its cgroup in hierarchy A and that in hierarchy B."""
STEP = 0.25


def demo(only: str | Sequence[str] | None = None) -> Evidence:
    """Build hierarchy A (cpu and cpuacct: /cpu_cgrp with /cgrp1, 60 %, and /cgrp2, 20 %) and B (memory: /memory_cgrp
    with /cgrp3 and /cgrp4), put three tasks in one cgroup of each, and ask the kernel where they are.

    Where those subsystems are attached otherwise, others that are free take their place, and a note says so. `only`:
    the names of PARTS to run. Raises ValueError, `nslab.Unsupported` (mounts ask for root).
    """
    chosen(PARTS, only)
    with attaching(), Mounts() as mounts:
        (a, why_a), (b, why_b) = _first(mounts), _second(mounts)
        options = {"a": a, "b": b, "notes": [note for note in (why_a, why_b) if note]}
        values = {"a": _title(a), "b": _title(b), "a_first": a[0].subsystem}
        return run("hierarchy", CLAIM, PARTS, only, options, values)


def _title(places: Sequence[Where]) -> str:
    return ",".join(place.subsystem for place in places)


def _first(mounts: Mounts) -> tuple[list[Where], str]:
    """Where A's cgroups go: with cpu and cpuacct where those can be together, else with two that are free."""
    names = ["cpu", "cpuacct"]
    with suppress(Unsupported):
        places = [where(name, 1) for name in names]
        if places[0].point == places[1].point:
            return places, ""
    point, why = "", ""
    try:
        point = mounts.mount(",".join(names), settle=False)
    except OSError:
        names = free(2)
        point = mounts.mount(",".join(names))
        why = (
            f"cpu and cpuacct are each attached to a hierarchy of their own on this machine (rule 2), so here A has "
            f"{' and '.join(names)} instead, and no percents of a CPU"
        )
    return [mounts.where(name, point) for name in names], why


def _second(mounts: Mounts) -> tuple[list[Where], str]:
    """Where B's cgroups go: with memory where that is in v1, else in a hierarchy with a name and no subsystem."""
    with suppress(Unsupported):
        return [where("memory", 1)], ""
    try:
        return [mounts.where("memory", mounts.mount("memory", settle=False))], ""
    except OSError:
        hierarchy = f"name={groups.directory_name(host().session)}-B"
        why = "memory is in use in v2 on this machine, so here B has a name and no subsystem, and no limits of memory"
        return [mounts.where(hierarchy, mounts.mount(hierarchy))], why


def _picture(limited: bool, options: Mapping[str, Any]) -> Seen:
    a, b = options["a"], options["b"]
    seen = Seen(notes=list(options["notes"]))
    with ExitStack() as stack:
        made = _groups(stack, a, b, limited)
        tasks: list[Child] = []
        stack.callback(_end, tasks)
        starts = [((i + 0.5) * STEP, _starter(tasks, made if limited else {}, *pair)) for i, pair in enumerate(TASKS)]
        sources = {name: (lambda group=group: float(len(group.procs))) for name, group in made.items()}
        counted = measure.sample(sources, STEP * (len(TASKS) + 1), STEP / 5, starts)
        for i, (task, pair) in enumerate(zip(tasks, TASKS, strict=True), 1):
            seen.rows += _rows_of(i, task.pid, pair, a, b, limited)
        seen.rows += _settings(made, a, b, limited)
        seen.drawing = _drawing(a, b) if limited else []
        seen.note(*made.values())
    expected = {name: sum(name in pair for pair in TASKS) for name in made}
    lines = tuple(Series(name, points, expected[name]) for name, points in counted.items())
    seen.chart = Chart("tasks in the cgroup", "tasks", lines, step=True)
    return seen


def _groups(stack: ExitStack, a: Sequence[Where], b: Sequence[Where], limited: bool) -> dict[str, Cgroup]:
    """The six cgroups of the picture; the four that have tasks, by name."""
    cpu_cgrp = stack.enter_context(Cgroup(places=a, name="cpu_cgrp"))
    memory_cgrp = stack.enter_context(Cgroup(places=b, name="memory_cgrp"))
    quotas = {name: {"quota": q} if limited and "cpu" in cpu_cgrp.directories else {} for name, q in QUOTAS.items()}
    limits = {
        name: {"memory_max": size} if limited and "memory" in memory_cgrp.directories else {}
        for name, size in LIMITS.items()
    }
    return {
        **{name: cpu_cgrp.child(name, **knobs) for name, knobs in quotas.items()},
        **{name: memory_cgrp.child(name, **knobs) for name, knobs in limits.items()},
    }


def _starter(tasks: list[Child], made: Mapping[str, Cgroup], in_a: str, in_b: str) -> Callable[[], None]:
    def start() -> None:
        task = (made[in_a] if made else host()).clone(load.wait_as, args=(f"task {len(tasks) + 1}",), stream=False)
        tasks.append(task)
        if made:
            made[in_b].add(task.pid)

    return start


def _end(tasks: list[Child]) -> None:
    for task in tasks:
        task.kill()
        task.wait(5)


def _rows_of(number: int, pid: int, pair: tuple[str, str], a: Sequence[Where], b: Sequence[Where],
             limited: bool) -> list[Reading]:  # fmt: skip
    expected = (f"/cpu_cgrp/{pair[0]}", f"/memory_cgrp/{pair[1]}")
    return [
        Reading(f"task {number} in hierarchy {letter}", "moved there" if limited else "left where it was", path,
                _path(pid, places), AS_EXPECTED, varies=False)
        for letter, places, path in zip("AB", (a, b), expected, strict=True)
    ]  # fmt: skip


def _path(pid: int, places: Sequence[Where]) -> str:
    """Where a process is in a hierarchy, without the directory of this session."""
    wanted = places[0].subsystem
    path = next(path for hierarchy, path in cgroupfs.paths(pid).items() if wanted in hierarchy.split(","))
    return without_session(path)


def _settings(made: Mapping[str, Cgroup], a: Sequence[Where], b: Sequence[Where], limited: bool) -> list[Reading]:
    asked = "" if limited else "nothing"
    rows = []
    if "cpu" in _title(a).split(","):
        rows += [
            Reading(f"{name}, percent of one CPU", asked or f"{quota:g} % at most", quota, made[name].quota,
                    AS_EXPECTED, varies=False)
            for name, quota in QUOTAS.items()
        ]  # fmt: skip
    if "memory" in _title(b).split(","):
        rows += [
            Reading(f"{name}, memory at most", asked or shown_size(size), shown_size(size),
                    shown_size(made[name].memory_max) if made[name].memory_max else "no limit", AS_EXPECTED,
                    varies=False)
            for name, size in LIMITS.items()
        ]  # fmt: skip
    return rows


def _drawing(a: Sequence[Where], b: Sequence[Where]) -> list[dict[str, Any]]:
    """Both hierarchies as the kernel shows them, from the session's directory on."""
    extra = {
        hierarchy: places[0].point
        for places in (a, b)
        for hierarchy in cgroupfs.paths()
        if places[0].subsystem in hierarchy.split(",")
    }
    below = f"/{groups.directory_name(host().session)}"
    return hierarchies(extra).drawing(a[0].subsystem, b[0].subsystem, below=below)


PARTS = (
    Part("picture", "a task is in one cgroup of each hierarchy, and each limits it by its own subsystems", _picture),
)
