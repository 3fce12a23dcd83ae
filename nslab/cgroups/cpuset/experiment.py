"""The subsystem cpuset: which CPUs the threads of a group may run on.

Source: cpuset(7), Documentation/admin-guide/cgroup-v1/cpusets.rst, cgroup-v2.rst ("Cpuset"), sched_setaffinity(2).
"""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from nslab.cgroups.bench import load, measure
from nslab.cgroups.bench.byhand import directories
from nslab.cgroups.bench.notes import note
from nslab.cgroups.core.group import Cgroup
from nslab.cgroups.core.knobs import CPUS
from nslab.cgroups.core.location import where
from nslab.cgroups.core.units import checked_cpus
from nslab.errors import Unsupported
from nslab.experiment.evidence import Evidence, Reading
from nslab.experiment.expect import AsExpected, NothingElse
from nslab.experiment.parts import Part, Seen
from nslab.experiment.run import run
from nslab.experiment.samples import Chart, Series
from nslab.kernels.elsewhere import elsewhere
from nslab.lab.power.cpus import hidden_cpus, usable_cpus
from nslab.linux import process
from nslab.linux.cpulist import written
from nslab.linux.libc import answer

CLAIM = "The threads of a group run on the CPUs of its set, and on no other, whatever they ask for."
SECONDS, EVERY = 1.0, 0.02


@elsewhere
def demo(cpus: int | Sequence[int] | str | None = None, only: str | Sequence[str] | None = None) -> Evidence:
    """Run more threads than there are CPUs in a group that may use some of these, and look where they run.

    `cpus`: the CPUs of the group, such as 1, [0, 1] or "0-1": the last one by default; at least one that is online has
    to be left out. `only`: the names of PARTS to run. Raises ValueError for other values, `nslab.Unsupported` on a
    machine with one CPU. Source: cpuset(7).
    """
    online = usable_cpus()
    chosen = checked_cpus("cpus", online[-1] if cpus is None else cpus)
    if len(online) < 2:
        raise one_cpu("the demo of cpuset")
    if chosen == online:
        raise ValueError(f"cpus={cpus!r}: leave out at least one of the CPUs that are online ({_list(online)})")
    left_out = tuple(cpu for cpu in online if cpu not in chosen)
    options = {"cpus": chosen, "others": left_out}
    return run("nslab.cgroups.cpuset", CLAIM, PARTS, only, options, by_hand=_by_hand(chosen, left_out))


def one_cpu(what: str) -> Unsupported:
    hidden = hidden_cpus()
    if hidden:
        why = f"this process may use one CPU of this machine, and not {hidden} (its cpuset)"
        return Unsupported(what, why, "let it use more: a container's --cpuset-cpus, a unit's AllowedCPUs=, taskset(1)")
    return Unsupported(what, "this machine has one CPU, so there is no choice", "give the VM more CPUs (vagrant)")


def _list(cpus: Collection[int]) -> str:
    return " ".join(map(str, sorted(cpus)))


def _asked(treated: bool, cpus: Sequence[int]) -> str:
    return f"cpus {_list(cpus)}" if treated else "nothing"


def _watch(pid: int, at: Sequence[tuple[float, Any]] = ()) -> dict[str, measure.Points]:
    """The CPU that each thread of a process was on, many times a second."""
    threads = sorted(int(tid) for tid in os.listdir(f"/proc/{pid}/task"))
    sources = {f"thread {n}": lambda tid=tid: process.processor(pid, tid) for n, tid in enumerate(threads, 1)}
    return measure.sample(sources, SECONDS, EVERY, at)


def _ran_on(watched: Mapping[str, measure.Points], since: float = 0.0, until: float = SECONDS + 1) -> set[int]:
    return {int(cpu) for points in watched.values() for when, cpu in points if since <= when <= until}


def _cpus(treated: bool, *, cpus: Sequence[int], others: Sequence[int]) -> Seen:
    online, other = usable_cpus(), others[0]
    settings: dict[str, Any] = {"cpus": cpus} if treated else {}
    with Cgroup("cpuset", **settings) as group:
        # The threads allow themselves all CPUs, and the kernel leaves them those of the set.
        with measure.running([(group, load.burn_threads, (online, len(online) + 1))]) as (child,):
            watched = _watch(child.pid)
            allowed = process.status(child.pid)["Cpus_allowed_list"]
        asks = group.call(answer, process.set_affinity, (other,))
    asked = _asked(treated, cpus)
    seen = Seen(
        rows=[
            Reading("ran-on", "CPUs that its threads ran on", asked, _list(cpus), _list(_ran_on(watched)),
                    AsExpected()),
            Reading("allowed", "Cpus_allowed_list", asked, written(cpus), allowed, AsExpected(), varies=False),
            Reading("refused", f"sched_setaffinity to CPU {other}", asked, "EINVAL", asks, AsExpected(), varies=False),
        ],
        chart=Chart("CPU of each thread", "number",
                    tuple(Series(n, p, cpus[0] if len(cpus) == 1 else None) for n, p in watched.items()), step=True),
    )  # fmt: skip
    note(seen, group)
    return seen


def _move(treated: bool, *, cpus: Sequence[int], others: Sequence[int]) -> Seen:
    online, half = usable_cpus(), SECONDS / 2
    with Cgroup("cpuset", cpus=cpus) as group:
        with measure.running([(group, load.burn_threads, (online, 1))]) as (child,):
            first = _list(group.cpus)
            watched = _watch(child.pid, [(half, lambda: setattr(group, "cpus", others))] if treated else ())
            last = _list(group.cpus)
    expected = ((0.0, cpus[0]), (half, cpus[0]), (half, others[0]), (SECONDS, others[0]))
    one_each = len(cpus) == len(others) == 1
    marks = ((half, f"cpuset.cpus = {written(others)}"),) if treated else ()
    # The kernel has moved the process when the write returns. A reading of that very moment may still be older.
    before, after = _ran_on(watched, until=half - EVERY), _ran_on(watched, since=half + 2 * EVERY)
    seen = Seen(
        rows=[
            Reading("after", "CPUs it ran on after the change", _asked(treated, others), _list(others),
                    _list(after), NothingElse()),
            Reading("both-times", "CPUs it ran on before and after the change", _asked(treated, others), "none",
                    _list(before & after) or "none", AsExpected()),
            Reading("sets", "CPUs of the set, before and after", _asked(treated, others),
                    f"{_list(cpus)}, then {_list(others)}", f"{first}, then {last}", AsExpected(), varies=False),
        ],
        chart=Chart("CPU of the thread", "number",
                    tuple(Series(n, p, expected if one_each and treated else None) for n, p in watched.items()),
                    marks, step=True),
    )  # fmt: skip
    note(seen, group)
    return seen


def _by_hand(cpus: Sequence[int], others: Sequence[int]) -> dict[str, str]:
    online = usable_cpus()
    ((file, text),) = CPUS.form(where("cpuset").version).files(tuple(cpus))
    return {
        **directories("cpuset"),
        "cpus_file": file,
        "cpus": text,
        "shown_cpus": _list(cpus),
        "ranges": written(cpus),
        "other": str(others[0]),
        "loads": str(len(online) + 1),
        "first": str(online[0]),
        "last": str(online[-1]),
    }


PARTS = (
    Part("cpus", "threads run on the CPUs of their group's set alone", _cpus),
    Part("move", "when the set changes, what runs moves at once", _move),
)
