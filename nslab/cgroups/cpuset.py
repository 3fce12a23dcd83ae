"""The subsystem cpuset: which CPUs the threads of a group may run on.

Source: cpuset(7), Documentation/admin-guide/cgroup-v1/cpusets.rst, cgroup-v2.rst ("Cpuset"), sched_setaffinity(2).
"""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from nslab.cgroups import load, measure
from nslab.cgroups.byhand import directories
from nslab.cgroups.experiment import Part, Seen, run
from nslab.cgroups.group import Cgroup
from nslab.cgroups.units import checked_cpus, online_cpus
from nslab.errors import Unsupported, checked_whole
from nslab.evidence import AS_EXPECTED, Evidence, Expect, Reading
from nslab.linux import process
from nslab.linux.libc import answer
from nslab.samples import Chart, Series

CLAIM = "The threads of a group run on the CPUs of its set, and on no other, whatever they ask for."
SECONDS, EVERY = 1.0, 0.02
NOWHERE_ELSE = Expect("on no other CPU", lambda asked, wanted, ran_on: set(ran_on.split()) <= set(wanted.split()))


def demo(cpus: int | Sequence[int] | str | None = None, only: str | Sequence[str] | None = None) -> Evidence:
    """Run more threads than there are CPUs in a group that may use some of these, and look where they run.

    `cpus`: the CPUs of the group, such as 1, [0, 1] or "0-1": the last one by default; at least one that is online has
    to be left out. `only`: the names of PARTS to run. Raises ValueError for other values, `nslab.Unsupported` on a
    machine with one CPU. Source: cpuset(7).
    """
    online = online_cpus()
    chosen = checked_cpus("cpus", online[-1] if cpus is None else cpus)
    if len(online) < 2:
        raise _one_cpu("the demo of cpuset")
    if chosen == online:
        raise ValueError(f"cpus={cpus!r}: leave out at least one of the CPUs that are online ({_list(online)})")
    left_out = tuple(cpu for cpu in online if cpu not in chosen)
    return run("cpuset", CLAIM, PARTS, only, {"cpus": chosen, "others": left_out}, _by_hand(chosen, left_out))


def panel(loads: int = 2) -> Any:
    """Return a panel: a box to tick for each CPU, loads in the group, and a live chart of how busy each CPU is.

    `loads`: 1 to 4 processes. Raises TypeError and ValueError for other values, `nslab.Unsupported` on a machine with
    one CPU. Source: cpuset(7).
    """
    from nslab.cgroups.panels.cpuset import CpusetPanel

    count = checked_whole("loads", loads, 1, 4, "processes")
    if len(online_cpus()) < 2:
        raise _one_cpu("the panel of cpuset")
    return CpusetPanel(count)


def _one_cpu(what: str) -> Unsupported:
    return Unsupported(what, "this machine has one CPU, so there is no choice", "give the VM more CPUs (vagrant)")


def _list(cpus: Collection[int]) -> str:
    return " ".join(map(str, sorted(cpus)))


def _asked(limited: bool, cpus: Sequence[int]) -> str:
    return f"cpus {_list(cpus)}" if limited else "nothing"


def _watch(pid: int, at: Sequence[tuple[float, Any]] = ()) -> dict[str, measure.Points]:
    """The CPU that each thread of a process was on, many times a second."""
    threads = sorted(int(tid) for tid in os.listdir(f"/proc/{pid}/task"))
    sources = {f"thread {n}": lambda tid=tid: process.processor(pid, tid) for n, tid in enumerate(threads, 1)}
    return measure.sample(sources, SECONDS, EVERY, at)


def _ran_on(watched: Mapping[str, measure.Points], since: float = 0.0) -> str:
    return _list({int(cpu) for points in watched.values() for when, cpu in points if when >= since})


def _cpus(limited: bool, options: Mapping[str, Any]) -> Seen:
    online, cpus, other = online_cpus(), options["cpus"], options["others"][0]
    with Cgroup("cpuset", **({"cpus": cpus} if limited else {})) as group:
        # The threads allow themselves all CPUs: the set has the last word.
        with measure.running([(group, load.burn_threads, (online, len(online) + 1))]) as (child,):
            watched = _watch(child.pid)
            allowed = process.status(child.pid)["Cpus_allowed_list"]
        asks = group.call(answer, os.sched_setaffinity, 0, (other,))
    asked = _asked(limited, cpus)
    seen = Seen(
        rows=[
            Reading("CPUs that its threads ran on", asked, _list(cpus), _ran_on(watched), AS_EXPECTED),
            Reading("Cpus_allowed_list", asked, _ranges(cpus), allowed, AS_EXPECTED, varies=False),
            Reading(f"sched_setaffinity to CPU {other}", asked, "EINVAL", asks, AS_EXPECTED, varies=False),
        ],
        chart=Chart("CPU of each thread", "number",
                    tuple(Series(n, p, cpus[0] if len(cpus) == 1 else None) for n, p in watched.items()), step=True),
    )  # fmt: skip
    seen.note(group)
    return seen


def _ranges(cpus: Sequence[int]) -> str:
    """CPUs as the kernel writes a list of them: "0-2,4" (cpuset(7), "List format")."""
    runs: list[list[int]] = []
    for cpu in cpus:
        if runs and cpu == runs[-1][-1] + 1:
            runs[-1].append(cpu)
        else:
            runs.append([cpu])
    return ",".join(str(r[0]) if len(r) == 1 else f"{r[0]}-{r[-1]}" for r in runs)


def _move(limited: bool, options: Mapping[str, Any]) -> Seen:
    online, cpus, others = online_cpus(), options["cpus"], options["others"]
    half = SECONDS / 2
    with Cgroup("cpuset", cpus=cpus) as group:
        with measure.running([(group, load.burn_threads, (online, 1))]) as (child,):
            watched = _watch(child.pid, [(half, lambda: setattr(group, "cpus", others))] if limited else ())
    expected = ((0.0, cpus[0]), (half, cpus[0]), (half, others[0]), (SECONDS, others[0]))
    one_each = len(cpus) == len(others) == 1
    marks = ((half, f"cpuset.cpus = {_ranges(others)}"),) if limited else ()
    # The kernel has moved it when the write returns; the reading at that very moment may still be the one before.
    measured = _ran_on(watched, half + 2 * EVERY)
    seen = Seen(
        rows=[
            Reading("CPUs it ran on after the change", _asked(limited, others), _list(others), measured, NOWHERE_ELSE)
        ],
        chart=Chart("CPU of the thread", "number",
                    tuple(Series(n, p, expected if one_each and limited else None) for n, p in watched.items()),
                    marks, step=True),
    )  # fmt: skip
    seen.note(group)
    return seen


def _by_hand(cpus: Sequence[int], others: Sequence[int]) -> dict[str, str]:
    online = online_cpus()
    return {
        **directories("cpuset"),
        "cpus": ",".join(map(str, cpus)),
        "shown_cpus": _list(cpus),
        "ranges": _ranges(cpus),
        "other": str(others[0]),
        "loads": str(len(online) + 1),
        "first": str(online[0]),
        "last": str(online[-1]),
    }


PARTS = (
    Part("cpus", "threads run on the CPUs of their group's set alone", _cpus),
    Part("move", "when the set changes, what runs moves at once", _move),
)
