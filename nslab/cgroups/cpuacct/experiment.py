"""The subsystem cpuacct: how much CPU time each group has used, which is what a bill is made of.

Source: Documentation/admin-guide/cgroup-v1/cpuacct.rst, cgroup-v2.rst ("cpu.stat"), getrusage(2).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from typing import NamedTuple

from nslab.cgroups.bench import load, measure
from nslab.cgroups.bench.byhand import counted, directories
from nslab.cgroups.bench.turns import alone
from nslab.cgroups.core.group import Cgroup, checked_groups
from nslab.cgroups.core.location import home, where
from nslab.cgroups.core.quantities import CPU_OF_EACH, CPU_SYSTEM, CPU_TIME, CPU_USER, together
from nslab.errors import checked_number
from nslab.experiment.evidence import Evidence, Reading
from nslab.experiment.expect import Within
from nslab.experiment.parts import Part, Seen
from nslab.experiment.run import run
from nslab.experiment.samples import Chart, Series
from nslab.kernels.elsewhere import elsewhere
from nslab.lab.power.cpus import usable_cpus

CLAIM = "A group's account has all the CPU time of those in it, in user and in system mode, and nobody else's."
CUSTOMERS = {"alice": 0.9, "bob": 0.3}
PRICE = 5.0
WORK = {"computes": (0.5, 0.0), "copies": (0.2, 0.4)}
"""Group → seconds that its load spends in user and in system mode."""
APART, TOTAL = Within(0.2, "s"), Within(0.05, "s")
"""The kernel tells user and system time apart by what runs at each tick, so less exactly than it measures both
together."""
EVERY = 0.05
ELSEWHERE = 0.25
"""Seconds that a second load spends on the other CPUs, to see that their account counts, too."""


@elsewhere
def demo(customers: Mapping[str, float] | None = None, price: float = PRICE,
         only: str | Sequence[str] | None = None) -> Evidence:  # fmt: skip
    """Let two groups use CPU time, compare their accounts with what getrusage(2) says to the loads, and make a bill.

    `customers`: group → seconds of CPU time that it will use, 0.1 to 10, together at most 20, for 1 to 10 groups;
    `price`: cents for a second, above 0 to 1000; `only`: the names of PARTS to run. Raises TypeError and ValueError for
    other values, `nslab.Unsupported`. Source: cpuacct.rst, cgroup-v2.rst ("cpu.stat").
    """
    options = {"customers": _checked_customers(CUSTOMERS if customers is None else customers),
               "price": checked_number("price", price, 0.01, 1000, "cents for a second")}  # fmt: skip
    return run("nslab.cgroups.cpuacct", CLAIM, PARTS, only, options, by_hand=_by_hand())


def _checked_customers(customers: object) -> dict[str, float]:
    checked = checked_groups(
        "customers", customers, "seconds",
        lambda name, wanted: checked_number(f"seconds of {name}", wanted, 0.1, 10, "s of CPU time"), 1, 10, CUSTOMERS,
    )  # fmt: skip
    if sum(checked.values()) > 20:
        raise ValueError(f"customers={customers!r}: together at most 20 s of CPU time")
    return checked


class _Work(NamedTuple):
    """What one load is to spend: where, on which CPU, and how many seconds in user and in system mode."""

    group: Cgroup
    cpu: int
    user: float
    system: float


class _Spent(NamedTuple):
    """What the loads say that they used (user, system), by name, and what was read meanwhile."""

    own: dict[str, tuple[float, ...]]
    read: dict[str, measure.Points]


def _spend(treated: bool, work: Mapping[str, _Work], sources: Mapping[str, Callable[[], float]]) -> _Spent:
    """Run the loads, inside their groups when `treated`, else beside them, and read the sources meanwhile and after."""
    outside, cpus = home(), sorted({w.cpu for w in work.values()})
    loads = [(w.group if treated else outside, load.spend, ((w.cpu,), w.user, w.system)) for w in work.values()]
    wanted = max(sum(w.user + w.system for w in work.values() if w.cpu == cpu) for cpu in cpus)
    with ExitStack() as stack:
        children = stack.enter_context(measure.running(loads))
        start = time.monotonic()
        points = measure.sample(sources, wanted, EVERY)
        own = {name: measure.report(child, 10 + wanted) for name, child in zip(work, children, strict=True)}
        # The loads take somewhat longer than planned, as others want the CPU, too.
        ended = time.monotonic() - start
        return _Spent(own, {name: (*points[name], (ended, read())) for name, read in sources.items()})


def _account(treated: bool) -> Seen:
    seen = Seen()
    with ExitStack() as stack:
        groups = {name: stack.enter_context(Cgroup("cpuacct", name=name)) for name in WORK}
        (cpu,) = stack.enter_context(alone())
        work = {name: _Work(groups[name], cpu, *seconds) for name, seconds in WORK.items()}
        spent = _spend(treated, work, {name: _total(group) for name, group in groups.items()})
        for name, group in groups.items():
            times, (user, system) = group.cpu_times, spent.own[name]
            for mode, own, counted, expect in (
                ("user", user, times.user, APART),
                ("system", system, times.system, APART),
                ("all", user + system, times.total, TOTAL),
            ):
                words = "in all" if mode == "all" else f"in {mode} mode"
                seen.rows.append(
                    Reading(f"{mode}-{name}", f"{name}: seconds {words}", _where(treated), round(own, 3),
                            round(counted, 3), expect, decisive=True if mode == "all" or own > 0.25 else None)
                )  # fmt: skip
    seen.chart = Chart("group's CPU time", "s",
                       tuple(Series(n, spent.read[n], sum(spent.own[n])) for n in WORK))  # fmt: skip
    return seen


def _total(group: Cgroup, price: float = 1.0) -> Callable[[], float]:
    """How to read the CPU time of a group, in seconds, or what it costs."""
    return lambda: group.cpu_times.total * price


def _where(treated: bool) -> str:
    return "the load is inside" if treated else "the load is outside"


def _bill(treated: bool, *, customers: Mapping[str, float], price: float) -> Seen:
    with ExitStack() as stack:
        groups = {name: stack.enter_context(Cgroup("cpuacct", name=name)) for name in customers}
        (cpu,) = stack.enter_context(alone())
        work = {name: _Work(groups[name], cpu, seconds, 0.0) for name, seconds in customers.items()}
        spent = _spend(treated, work, {name: _total(group, price) for name, group in groups.items()})
    bills = {name: spent.read[name][-1][1] for name in customers}
    owed = {name: sum(spent.own[name]) * price for name in customers}
    return Seen(
        rows=[
            Reading(f"pays-{name}", f"{name} pays, in cents",
                    f"{price:g} cents for a second" if treated else "the load is outside",
                    round(owed[name], 3), round(bills[name], 3), Within(0.05 * price, "cents"))
            for name in customers
        ],
        chart=Chart("bill", "cents", tuple(Series(n, spent.read[n], owed[n]) for n in customers)),
    )  # fmt: skip


def _v1(treated: bool) -> Seen:
    """A load on one CPU, and where there is another a shorter one there, so that both accounts have to count."""
    with Cgroup("cpuacct", version=1) as group, alone(count=min(2, len(usable_cpus()))) as (cpu, *others):
        work = {"one": _Work(group, cpu, *WORK["computes"])}
        if others:
            work["other"] = _Work(group, others[-1], ELSEWHERE, 0.0)
        spent = _spend(treated, work, {"computes": lambda: CPU_OF_EACH.of(group)[cpu]})
        each = CPU_OF_EACH.of(group)
        modes = together(group, CPU_USER, CPU_SYSTEM)
    own = {name: sum(seconds) for name, seconds in spent.own.items()}
    return Seen(
        rows=[
            Reading("percpu", f"cpuacct.usage_percpu: seconds on CPU {cpu}", _where(treated), round(own["one"], 3),
                    round(each[cpu], 3), TOTAL),
            Reading("percpu-others", "cpuacct.usage_percpu: seconds on all other CPUs", _where(treated),
                    round(own.get("other", 0.0), 3), round(sum(each) - each[cpu], 3), TOTAL,
                    decisive=True if others else None),
            Reading("modes", "cpuacct.usage_user and cpuacct.usage_sys: seconds", _where(treated),
                    round(sum(own.values()), 3), round(sum(modes), 3), APART),
        ],
        chart=Chart(f"group's CPU time on CPU {cpu}", "s", (Series("computes", spent.read["computes"], own["one"]),)),
    )  # fmt: skip


def _by_hand() -> dict[str, str]:
    return {
        **directories("cpuacct"),
        **counted(where("cpuacct").version, user=CPU_USER, system=CPU_SYSTEM, total=CPU_TIME),
    }


PARTS = (
    Part("account", "a group's account is what its load used, in user and in system mode", _account),
    Part("bill", "CPU time times a price is a bill", _bill),
    Part("v1", "v1 also tells on which CPU the time was used", _v1),
)
