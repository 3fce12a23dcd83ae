"""The subsystem perf_event: what the kernel counts for perf(1), of one group alone.

Source: perf_event_open(2) (PERF_FLAG_PID_CGROUP), cgroup-v2.rst ("perf_event"), getrusage(2).
"""

from __future__ import annotations

import errno
import mmap
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from nslab.cgroups.bench import load, measure
from nslab.cgroups.bench.byhand import directories
from nslab.cgroups.bench.turns import alone
from nslab.cgroups.core.group import Cgroup
from nslab.cgroups.core.location import home, where
from nslab.cgroups.core.mounts import Mounts
from nslab.errors import Unsupported, checked_whole
from nslab.experiment.evidence import Evidence, Reading
from nslab.experiment.expect import Within
from nslab.experiment.parts import Part, Seen, chosen
from nslab.experiment.run import run
from nslab.experiment.samples import Chart, Series
from nslab.kernels.elsewhere import elsewhere
from nslab.lab.power import privilege
from nslab.lab.power.cpus import usable_cpus
from nslab.linux import files, perf

CLAIM = "Events can be counted for one group: all of those in it, and none of what runs beside it."
SECONDS, EVERY = 1.0, 0.05
STEPS = 20
CPU_SECONDS = 0.5
NEAR = 50
"""Faults and switches that a load does not count itself: those while it is woken, and while it prints its count (24
here)."""


@elsewhere
def demo(pages: int = 2000, naps: int = 100, only: str | Sequence[str] | None = None) -> Evidence:
    """Count page faults, context switches and CPU time of a group, and compare with what a load in it counts itself.

    `pages`: new pages (4 KiB) that a load touches, 200 to 100000; `naps`: how often another one sleeps for some
    milliseconds, 50 to 1000; `only`: the names of PARTS to run. Raises TypeError and ValueError for other values,
    `nslab.Unsupported` where the kernel does not let this user count. Source: perf_event_open(2).
    """
    options = {"pages": checked_whole("pages", pages, 200, 100_000), "naps": checked_whole("naps", naps, 50, 1000)}
    chosen(PARTS, only)
    with Cgroup("perf_event") as group, _counting(group, "page-faults"):
        pass  # what is refused is refused for all parts, and said once
    return run("nslab.cgroups.perf_event", CLAIM, PARTS, only, options, by_hand=_by_hand(options["pages"]))


@contextmanager
def _counting(group: Cgroup, event: str) -> Iterator[Callable[[], int]]:
    """Count an event of a group on all CPUs; yields how to read it."""
    with ExitStack() as stack:
        counters = []
        for cpu in usable_cpus():
            try:
                counters.append(perf.count_cgroup(group.path("perf_event"), cpu, event))
            except OSError as e:
                raise _refused(e) from e
            stack.callback(os.close, counters[-1])
        yield lambda: sum(map(perf.counted, counters))


def _refused(error: OSError) -> Unsupported:
    mend = privilege.mend("CAP_PERFMON", machine=True, demo="perf_event")
    what, said = "counting the events of a group", os.strerror(error.errno or 0)
    if error.errno in (errno.EACCES, errno.EPERM):
        return Unsupported(
            what, f"{said} (kernel.perf_event_paranoid is {files.read(perf.PARANOID)}, and "
            f"{privilege.lacking('CAP_PERFMON', machine=True) or 'a filter or a mask of this container says no'})",
            f"sudo sysctl kernel.perf_event_paranoid=0   or {mend}",
        )  # fmt: skip
    return Unsupported(
        what, f"{said} (the kernel was built without CONFIG_PERF_EVENTS or CONFIG_CGROUP_PERF)",
        "use a distribution's own kernel, or the VM: vagrant up",
    )  # fmt: skip


def _compare(treated: bool, event: str, function: Callable[..., None], args: Callable[[int], tuple[Any, ...]],
             key: str, label: str, unit: str, scale: float, tolerance: float) -> Seen:  # fmt: skip
    """Run a load, inside the group when `treated`, else beside it, and read meanwhile what is counted for the group."""
    with ExitStack() as stack:
        if privilege.rules_the_machine("CAP_SYS_ADMIN"):
            # While this is open, no other experiment can move perf_event into a hierarchy of v1.
            stack.enter_context(Mounts("perf_event"))
        group = stack.enter_context(Cgroup("perf_event"))
        (cpu,) = stack.enter_context(alone())
        read = stack.enter_context(_counting(group, event))
        place = group if treated else home()
        (child,) = stack.enter_context(measure.running([(place, function, args(cpu))]))
        # Counted from here on: what the load did to get here is left out, as in v1 it was moved into the group
        # meanwhile.
        before = read()
        child.kill(load.SIGN)
        points = measure.sample({"the group": lambda: (read() - before) * scale}, SECONDS, EVERY)["the group"]
        own = sum(measure.report(child))
        counted = (read() - before) * scale
    return Seen(
        rows=[
            Reading(key, label, "the load is inside" if treated else "the load is outside", round(own, 3),
                    round(counted, 3), Within(tolerance, unit))
        ],
        chart=Chart(f"{event} of the group", unit, (Series("the group", points, own),)),
    )  # fmt: skip


def _faults(treated: bool, *, pages: int) -> Seen:
    return _compare(treated, "page-faults", load.touch, lambda cpu: ((cpu,), pages, STEPS, SECONDS * 0.7 / STEPS),
                    "faults", f"page faults, {pages} pages touched", "faults", 1, NEAR)  # fmt: skip


def _switches(treated: bool, *, naps: int) -> Seen:
    return _compare(treated, "context-switches", load.nap, lambda cpu: ((cpu,), naps, SECONDS * 0.7 / naps),
                    "switches", f"context switches, {naps} sleeps", "switches", 1, NEAR)  # fmt: skip


def _clock(treated: bool) -> Seen:
    return _compare(treated, "task-clock", load.compute, lambda cpu: ((cpu,), CPU_SECONDS),
                    "cpu-time", "CPU time in seconds", "s", 1e-9, 0.1)  # fmt: skip


def _by_hand(pages: int) -> dict[str, str]:
    place = where("perf_event")
    return {
        **directories("perf_event"),
        "pages": str(pages),
        "bytes": str(pages * mmap.PAGESIZE),
        "name": f"{place.base.removeprefix(place.point)}/nslab-by-hand".lstrip("/"),
    }


PARTS = (
    Part("faults", "page faults of a group are those of the processes in it", _faults),
    Part("switches", "so are the moments when another process gets the CPU", _switches),
    Part("clock", "and the CPU time, to which perf adds what interrupts and a hypervisor took of it", _clock),
)
