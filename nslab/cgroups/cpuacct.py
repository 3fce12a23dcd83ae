"""The subsystem cpuacct: how much CPU time each group has used, which is what a bill is made of.

Source: Documentation/admin-guide/cgroup-v1/cpuacct.rst, cgroup-v2.rst ("cpu.stat"), getrusage(2).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from typing import Any, NamedTuple

from nslab.cgroups import load, measure
from nslab.cgroups.byhand import directories
from nslab.cgroups.experiment import Part, Seen, alone, run
from nslab.cgroups.group import Cgroup, checked_name
from nslab.cgroups.where import home, where
from nslab.errors import checked_number
from nslab.evidence import Evidence, Reading, within
from nslab.samples import Chart, Series

CLAIM = "A group's account has all the CPU time of those in it, in user and in system mode, and nobody else's."
CUSTOMERS = {"alice": 0.9, "bob": 0.3}
PRICE = 5.0
WORK = {"computes": (0.5, 0.0), "copies": (0.2, 0.4)}
"""Group → seconds that its load spends in user and in system mode."""
APART, TOTAL = within(0.2, "s"), within(0.05, "s")
"""User and system time are told apart by what is found at each tick, so less exactly than both are measured."""
EVERY = 0.05


def demo(customers: Mapping[str, float] | None = None, price: float = PRICE,
         only: str | Sequence[str] | None = None) -> Evidence:  # fmt: skip
    """Let two groups use CPU time, compare their accounts with what getrusage(2) says to the loads, and make a bill.

    `customers`: group → seconds of CPU time that it will use, 0.1 to 10, together at most 20, for 1 to 10 groups;
    `price`: cents for a second, above 0 to 1000; `only`: the names of PARTS to run. Raises TypeError and ValueError for
    other values, `nslab.Unsupported`. Source: cpuacct.rst, cgroup-v2.rst ("cpu.stat").
    """
    options = {"customers": _checked_customers(CUSTOMERS if customers is None else customers),
               "price": checked_number("price", price, 0.01, 1000, "cents for a second")}  # fmt: skip
    return run("cpuacct", CLAIM, PARTS, only, options, _by_hand())


def _checked_customers(customers: object) -> dict[str, float]:
    if not isinstance(customers, Mapping) or not 1 <= len(customers) <= 10:
        raise ValueError(f"customers={customers!r}: give 1 to 10 groups with their seconds, such as {CUSTOMERS}")
    checked = {
        checked_name("customer", name): checked_number(f"seconds of {name}", wanted, 0.1, 10, "s of CPU time")
        for name, wanted in customers.items()
    }
    if sum(checked.values()) > 20:
        raise ValueError(f"customers={customers!r}: together at most 20 s of CPU time")
    return checked


class _Spent(NamedTuple):
    """What the loads say that they used (user, system), by group, and what was read from the groups meanwhile."""

    own: dict[str, tuple[float, ...]]
    read: dict[str, measure.Points]


def _spend(limited: bool, groups: Mapping[str, Cgroup], work: Mapping[str, tuple[float, float]],
           read: Callable[[Cgroup], float]) -> _Spent:  # fmt: skip
    """Run the load of each group, inside when `limited`, else beside it, and read each group meanwhile and after."""
    cpu, outside = measure.quiet_cpu(), home()
    loads = [(groups[n] if limited else outside, load.spend, ((cpu,), *seconds)) for n, seconds in work.items()]
    wanted = sum(user + system for user, system in work.values())
    with alone(cpu), measure.running(loads) as children:
        sources = {name: lambda group=group: read(group) for name, group in groups.items()}
        start = time.monotonic()
        points = measure.sample(sources, wanted, EVERY)
        own = {name: measure.report(child, 10 + wanted) for name, child in zip(work, children, strict=True)}
        # The loads end some moments later than planned, as others want the CPU, too.
        ended = time.monotonic() - start
        return _Spent(own, {name: (*points[name], (ended, read(group))) for name, group in groups.items()})


def _account(limited: bool, options: Mapping[str, Any]) -> Seen:
    seen = Seen()
    with ExitStack() as stack:
        groups = {name: stack.enter_context(Cgroup("cpuacct", name=name)) for name in WORK}
        spent = _spend(limited, groups, WORK, lambda group: group.cpu_times.total)
        for name, group in groups.items():
            times, (user, system) = group.cpu_times, spent.own[name]
            for mode, own, counted, expect in (
                ("in user mode", user, times.user, APART),
                ("in system mode", system, times.system, APART),
                ("in all", user + system, times.total, TOTAL),
            ):
                seen.rows.append(
                    Reading(f"{name}: seconds {mode}", _where(limited), round(own, 3), round(counted, 3), expect,
                            decisive=True if own > 0.25 else None)
                )  # fmt: skip
    seen.chart = Chart("group's CPU time", "s",
                       tuple(Series(n, spent.read[n], sum(spent.own[n])) for n in WORK))  # fmt: skip
    return seen


def _where(limited: bool) -> str:
    return "the load is inside" if limited else "the load is outside"


def _bill(limited: bool, options: Mapping[str, Any]) -> Seen:
    price, customers = options["price"], options["customers"]
    with ExitStack() as stack:
        groups = {name: stack.enter_context(Cgroup("cpuacct", name=name)) for name in customers}
        work = {name: (seconds, 0.0) for name, seconds in customers.items()}
        spent = _spend(limited, groups, work, lambda group: group.cpu_times.total * price)
    bills = {name: spent.read[name][-1][1] for name in customers}
    owed = {name: sum(spent.own[name]) * price for name in customers}
    return Seen(
        rows=[
            Reading(f"{name} pays, in cents", f"{price:g} cents for a second" if limited else "the load is outside",
                    round(owed[name], 3), round(bills[name], 3), within(0.05 * price, "cents"))
            for name in customers
        ],
        chart=Chart("bill", "cents", tuple(Series(n, spent.read[n], owed[n]) for n in customers)),
    )  # fmt: skip


def _v1(limited: bool, options: Mapping[str, Any]) -> Seen:
    cpu, work = measure.quiet_cpu(), {"computes": WORK["computes"]}
    with Cgroup("cpuacct", version=1) as group:
        spent = _spend(limited, {"computes": group}, work, lambda group: _percpu(group)[cpu])
        each = _percpu(group)
        modes = [int(group.read("cpuacct", f"cpuacct.usage_{mode}")) / 1e9 for mode in ("user", "sys")]
    own = sum(spent.own["computes"])
    return Seen(
        rows=[
            Reading(f"cpuacct.usage_percpu: seconds on CPU {cpu}", _where(limited), round(own, 3), round(each[cpu], 3),
                    TOTAL),
            Reading("cpuacct.usage_percpu: seconds on all other CPUs", _where(limited), 0.0,
                    round(sum(each) - each[cpu], 3), TOTAL, decisive=False),
            Reading("cpuacct.usage_user and cpuacct.usage_sys: seconds", _where(limited), round(own, 3),
                    round(sum(modes), 3), APART),
        ],
        chart=Chart(f"group's CPU time on CPU {cpu}", "s",
                    (Series("computes", spent.read["computes"], own),)),
    )  # fmt: skip


def _percpu(group: Cgroup) -> list[float]:
    """Seconds that the group used on each CPU."""
    return [int(ns) / 1e9 for ns in group.read("cpuacct", "cpuacct.usage_percpu").split()]


def _by_hand() -> dict[str, str]:
    v2 = where("cpuacct").version == 2
    return {
        **directories("cpuacct"),
        "user_file": "cpu.stat" if v2 else "cpuacct.usage_user",
        "system_file": "cpu.stat" if v2 else "cpuacct.usage_sys",
        "total_file": "cpu.stat" if v2 else "cpuacct.usage",
        "user_key": "user_usec " if v2 else "",
        "system_key": "system_usec " if v2 else "",
        "total_key": "usage_usec " if v2 else "",
        "per_second": "1000000" if v2 else "1000000000",
    }


PARTS = (
    Part("account", "a group's account is what its load used, in user and in system mode", _account),
    Part("bill", "CPU time times a price is a bill", _bill),
    Part("v1", "v1 also tells on which CPU the time was used", _v1),
)
