"""The picture that every course draws: two hierarchies, cgroups in each, and tasks that are in one cgroup of each.

Source: cgroups(7), Documentation/admin-guide/cgroup-v1/cgroups.rst.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack, suppress
from typing import Any, NamedTuple

from nslab.cgroups.bench import load, measure
from nslab.cgroups.bench.byhand import counted
from nslab.cgroups.bench.notes import note
from nslab.cgroups.bench.turns import WEIGHT_DEFAULT, alone, heard
from nslab.cgroups.core.free import free
from nslab.cgroups.core.group import Cgroup
from nslab.cgroups.core.hierarchies import hierarchies
from nslab.cgroups.core.knobs import MEMORY_MAX, QUOTA, SWAP_MAX, WEIGHT
from nslab.cgroups.core.location import Where, where
from nslab.cgroups.core.mounts import Mounts, attaching, without_session
from nslab.cgroups.core.quantities import CPU_TIME, MEMORY_PEAK, OOM_KILLS
from nslab.cgroups.core.units import MIB
from nslab.cgroups.hierarchy.load import want_all
from nslab.errors import Unsupported
from nslab.experiment.evidence import Evidence, Reading
from nslab.experiment.expect import AsExpected, Within
from nslab.experiment.parts import Part, Seen, chosen
from nslab.experiment.run import run
from nslab.experiment.samples import Chart, Series
from nslab.kernels.elsewhere import elsewhere
from nslab.lab.client.child import Child
from nslab.lab.client.host import host
from nslab.lab.upkeep import cgroup_cleanup
from nslab.linux import cgroupfs
from nslab.signals import signal_name

CLAIM = "A task is in one cgroup of each hierarchy"
LIMITED = "and each hierarchy limits it by its own subsystems"
QUOTAS = {"cgrp1": 60.0, "cgrp2": 20.0}
CEILING = Within(1.5, "points")
LIMITS = {"cgrp3": 256, "cgrp4": 64}
"""The most memory, in MiB."""
TASKS = (("cgrp1", "cgrp3"), ("cgrp1", "cgrp4"), ("cgrp2", "cgrp4"))
"""For each task its cgroup in hierarchy A and that in hierarchy B."""
WANTED = (288, 96, 96)
"""The memory that each task wants, in MiB: more than its cgroup may have, and not so much that it hurts without one."""
STEP = 0.1
SECONDS, EVERY, PERIODS = 1.0, 0.1, 0.2
"""Seconds of measuring CPU time, between two readings, and before measuring begins: a quota's first period is longer
than the others."""
PATIENCE = 90.0
"""Seconds within which a task has to end. It takes milliseconds, or seconds where a page costs more and 20 % of a CPU
have to do for it (user-mode Linux)."""


class Places(NamedTuple):
    """A hierarchy of the picture: where its cgroups go, and where else what it limits is counted."""

    own: list[Where]
    counted: list[Where]
    why: str = ""


@elsewhere
def demo(only: str | Sequence[str] | None = None) -> Evidence:
    """Build hierarchy A (cpu and cpuacct: /cpu_cgrp with /cgrp1, 60 %, and /cgrp2, 20 %) and B (memory: /memory_cgrp
    with /cgrp3, 256 MiB, and /cgrp4, 64 MiB), put three tasks in one cgroup of each, ask the kernel where they are, and
    let them want all the CPU and memory they can get.

    Where those subsystems are attached otherwise, others that are free take their place, and a note says so. `only`:
    the names of PARTS to run. Raises ValueError, `nslab.Unsupported` (mounts ask for root).
    """
    chosen(PARTS, only)
    with attaching(), Mounts() as mounts:
        a, b = _first(mounts), _second(mounts)
        claim = f"{CLAIM}, {LIMITED}." if _limits(a, "cpu") and _limits(b, "memory") else f"{CLAIM}."
        return run("nslab.cgroups.hierarchy", claim, PARTS, only, {"a": a, "b": b}, by_hand=_by_hand(a, b))


def _by_hand(a: Places, b: Places) -> dict[str, str]:
    # The shell and C forms leave out what cannot be mounted by its subsystems here.
    apart = all(place.rules.mountable for place in a.counted)
    cpu, memory = _limits(a, "cpu") and apart, _limits(b, "memory")
    return {
        **counted(1, usage=CPU_TIME, peak=MEMORY_PEAK, kills=OOM_KILLS),
        "weight_file": WEIGHT.form(1).file,
        "weight": WEIGHT.form(1).files(10 * WEIGHT_DEFAULT)[0][1],
        "quota_file": QUOTA.form(1).file,
        "limit_file": MEMORY_MAX.form(1).file,
        "swap_file": SWAP_MAX.form(1).file,
        "a": _title(a.own),
        "b": _title(b.own),
        "a_first": a.own[0].subsystem,
        "counted": _title(a.counted) if apart else "",
        "limits_cpu": "yes" if cpu else "",
        "limits_memory": "yes" if memory else "",
        "c_cpu": str(int(cpu)),
        "c_memory": str(int(memory)),
        "number": str(measure.quiet_cpu()),
    }


def _limits(places: Places, subsystem: str) -> bool:
    """Whether a hierarchy has the subsystem that its limits need."""
    return any(place.subsystem == subsystem for place in places.own)


def _title(places: Sequence[Where]) -> str:
    return ",".join(place.subsystem for place in places)


def _first(mounts: Mounts) -> Places:
    """Where A's cgroups go: with cpu and cpuacct where those can be together, else with cpu, else with what is free."""
    names = ["cpu", "cpuacct"]
    # Not both in v1 here.
    with suppress(Unsupported):
        own = [where(name, 1) for name in names]
        if own[0].point == own[1].point:
            return Places(own, [])
    # EBUSY, or EINVAL where v2 has one: they cannot be together.
    with suppress(OSError):
        point = mounts.mount(",".join(names), settle=False)
        return Places([mounts.where(name, point) for name in names], [])
    # Not in v1 here, so that is the last of the three.
    with suppress(Unsupported):
        return Places([where("cpu", 1)], [where("cpuacct")],
                      "cpu and cpuacct are each attached to a hierarchy of their own on this machine (rule 2), so here "
                      "A has cpu alone, and the CPU time is counted in the other one")  # fmt: skip
    names = free(2)
    point = mounts.mount(",".join(names))
    return Places([mounts.where(name, point) for name in names], [],
                  f"cpu is not in v1 on this machine, so here A has {' and '.join(names)} instead, which limit no "
                  "CPU time")  # fmt: skip


def _second(mounts: Mounts) -> Places:
    """Where B's cgroups go: with memory where that is in v1, else in a hierarchy with a name and no subsystem."""
    # Not in v1 here.
    with suppress(Unsupported):
        return Places([where("memory", 1)], [])
    # EBUSY, or EINVAL where v2 has it: not free.
    with suppress(OSError):
        return Places([mounts.where("memory", mounts.mount("memory", settle=False))], [])
    hierarchy = f"name={cgroup_cleanup.directory_name(host().session)}-B"
    return Places([mounts.where(hierarchy, mounts.mount(hierarchy))], [],
                  "memory is in use in v2 on this machine, so here B has a name and no subsystem, and limits no memory"
                  )  # fmt: skip


def _picture(treated: bool, *, a: Places, b: Places) -> Seen:
    seen = Seen(notes=[places.why for places in (a, b) if places.why])
    with ExitStack() as stack:
        above, made = _groups(stack, a.own, b.own)
        tasks: list[Child] = []
        stack.callback(_end, tasks)
        starts = [((i + 0.5) * STEP, _starter(tasks, made if treated else {}, *pair)) for i, pair in enumerate(TASKS)]
        sources = {name: (lambda group=group: float(len(group.procs))) for name, group in made.items()}
        counted = measure.sample(sources, STEP * (len(TASKS) + 1), STEP / 5, starts)
        for i, (task, pair) in enumerate(zip(tasks, TASKS, strict=True), 1):
            task.heard()
            seen.rows += _rows_of(i, task.pid, pair, a, b, treated)
        seen.drawing = _drawing(a.own, b.own) if treated else []
        note(seen, *above, *made.values())
    expected = {name: sum(name in pair for pair in TASKS) for name in made}
    lines = tuple(Series(name, points, expected[name]) for name, points in counted.items())
    seen.chart = Chart("tasks in the cgroup", "tasks", lines, step=True)
    return seen


def _groups(stack: ExitStack, a: Sequence[Where], b: Sequence[Where]) -> tuple[list[Cgroup], dict[str, Cgroup]]:
    """The six cgroups of the picture: the two above, and by name the four that have tasks."""
    cpu_cgrp = stack.enter_context(Cgroup(places=a, name="cpu_cgrp"))
    memory_cgrp = stack.enter_context(Cgroup(places=b, name="memory_cgrp"))
    return [cpu_cgrp, memory_cgrp], {
        **{name: cpu_cgrp.child(name) for name in QUOTAS},
        **{name: memory_cgrp.child(name) for name in LIMITS},
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
        task.wait(30)


def _rows_of(number: int, pid: int, pair: tuple[str, str], a: Places, b: Places, treated: bool) -> list[Reading]:
    expected = (f"/cpu_cgrp/{pair[0]}", f"/memory_cgrp/{pair[1]}")
    return [
        Reading(f"task-{number}-{letter.lower()}", f"task {number} in hierarchy {letter}",
                "moved there" if treated else "left where it was", path, _path(pid, places.own), AsExpected(),
                varies=False)
        for letter, places, path in zip("AB", (a, b), expected, strict=True)
    ]  # fmt: skip


def _path(pid: int, places: Sequence[Where]) -> str:
    """Where a process is in a hierarchy, without the directory of this session."""
    wanted = places[0].subsystem
    path = next(path for hierarchy, path in cgroupfs.paths(pid).items() if wanted in hierarchy.split(","))
    return without_session(path)


def _limited(treated: bool, *, a: Places, b: Places) -> Seen:
    """Tasks that want all there is: first all of one CPU, and then more memory than there is for them."""
    limits_cpu, limits_memory = _limits(a, "cpu"), _limits(b, "memory")
    if not limits_cpu and not limits_memory:
        raise Unsupported("a hierarchy of v1 that limits", f"{a.why}; {b.why}", "use the VM: vagrant up")
    seen = Seen()
    with alone() as (cpu,), ExitStack() as stack:
        above, made = _groups(stack, [*a.own, *a.counted], b.own)
        if limits_cpu:
            stack.enter_context(heard(above[0]))
        if limits_memory:
            _swap_off(made[name] for name in LIMITS)
        if treated:
            _set(made, limits_cpu, limits_memory)
        tasks: list[Child] = []
        stack.callback(_end, tasks)
        for (in_a, in_b), wanted in zip(TASKS, WANTED, strict=True):
            tasks.append(made[in_a].clone(want_all, args=((cpu,), wanted * MIB), stream=False))
            made[in_b].add(tasks[-1].pid)
        for task in tasks:
            task.heard()
        if limits_cpu:
            seen = _cpu(treated, made, cpu)
        if limits_memory:
            seen.rows += _memory(treated, made, tasks)
        note(seen, *above, *made.values())
    return seen


def _set(made: Mapping[str, Cgroup], cpu: bool, memory: bool) -> None:
    """Write the limits of both hierarchies, as far as they have what limits."""
    for name, quota in QUOTAS.items() if cpu else ():
        made[name].quota = quota
    for name, mib in LIMITS.items() if memory else ():
        made[name].memory_max = mib * MIB


def _swap_off(groups: Iterable[Cgroup]) -> None:
    """Let groups use no swap, where the kernel has it: else memory past the limit could go there."""
    for group in groups:
        if SWAP_MAX.is_there(group):
            group.swap_max = 0


def _cpu(treated: bool, made: Mapping[str, Cgroup], cpu: int) -> Seen:
    """What the cgroups of A get of one CPU, which their tasks want all of."""
    with ExitStack() as stack:
        counters = {name: measure.cpu_counter(made[name]) for name in QUOTAS}
        for counter in counters.values():
            stack.callback(counter.close)
        sources = {name: counter.read for name, counter in counters.items()}
        measured, idle = measure.sample_with_idle(sources, [cpu], measure.exact(SECONDS), EVERY, warm_up=PERIODS)
    taken = measure.taken(idle, *measured.values())
    shares = measure.share_of(measured)
    asked = {name: f"quota {quota:g} %" if treated else "nothing" for name, quota in QUOTAS.items()}
    used = {name: 100 * measure.gained(points) for name, points in measured.items()}
    for name, quota in QUOTAS.items() if treated else ():
        measure.check_room(quota - CEILING.tolerance - used[name], taken, f"{name} got {used[name]:.0f} %")
    both = sum(QUOTAS.values())
    lines = {n: tuple((when, 100 * rate) for when, rate in measure.rates(measured[n])) for n in QUOTAS}
    return Seen(
        rows=[
            *(Reading(f"ceiling-{name}", f"{name}, percent of one CPU", asked[name], quota, round(used[name], 1),
                      CEILING) for name, quota in QUOTAS.items()),
            *(Reading(f"share-{name}", f"{name}, percent of what A used", asked[name], round(100 * quota / both, 1),
                      round(shares[name], 1), Within(1.5, "points")) for name, quota in QUOTAS.items()),
        ],
        chart=Chart("CPU time", "% of one CPU", tuple(Series(n, lines[n], QUOTAS[n]) for n in QUOTAS), top=105.0),
    )  # fmt: skip


def _memory(treated: bool, made: Mapping[str, Cgroup], tasks: Sequence[Child]) -> list[Reading]:
    """What becomes of the tasks that want more memory than their cgroup of B may have."""
    for task in tasks:
        task.kill(load.SIGN)
    ended = [_ended(task) for task in tasks]
    rows = []
    for name, mib in LIMITS.items():
        asked = f"memory_max {mib} MiB" if treated else "nothing"
        those = [how for how, pair in zip(ended, TASKS, strict=True) if name in pair]
        rows += [
            Reading(f"peak-{name}", f"{name}, most memory in use, MiB", asked, mib,
                    round(made[name].memory_peak / MIB, 1), Within(2, "MiB")),
            Reading(f"oom-{name}", f"{name}, OOM kills", asked, len(those), made[name].memory_events.oom_kills,
                    AsExpected(), varies=False),
        ]  # fmt: skip
    for number, (how, (in_a, in_b)) in enumerate(zip(ended, TASKS, strict=True), 1):
        asked = f"{QUOTAS[in_a]:g} % and {LIMITS[in_b]} MiB" if treated else "nothing"
        rows.append(
            Reading(f"ended-{number}", f"task {number}, in {in_a} and {in_b}, ended by", asked, "SIGKILL", how,
                    AsExpected(), varies=False)
        )  # fmt: skip
    return rows


def _ended(task: Child) -> str:
    """How a task ended: the name of the signal, or its exit status."""
    status = task.wait(PATIENCE)
    return signal_name(-status) if status < 0 else f"exit {status}"


def _drawing(a: Sequence[Where], b: Sequence[Where]) -> list[dict[str, Any]]:
    """Both hierarchies as the kernel shows them, from the session's directory on."""
    extra = {
        hierarchy: places[0].point
        for places in (a, b)
        for hierarchy in cgroupfs.paths()
        if places[0].subsystem in hierarchy.split(",")
    }
    below = f"/{cgroup_cleanup.directory_name(host().session)}"
    return hierarchies(extra).drawing(a[0].subsystem, b[0].subsystem, below=below)


PARTS = (
    Part("picture", "a task is in one cgroup of each hierarchy", _picture),
    Part("limits", "tasks that want all the CPU and memory get what their cgroup in each hierarchy allows", _limited),
)
