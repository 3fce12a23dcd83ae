"""Run loads in groups, and read what the kernel counts for them many times a second."""

from __future__ import annotations

import contextlib
import itertools
import math
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence

from nslab.cgroups.bench import load
from nslab.cgroups.core.group import Cgroup
from nslab.cgroups.core.quantities import CPU_TIME, Quantity
from nslab.errors import Disturbed
from nslab.lab.client.child import Child
from nslab.lab.client.place import Place
from nslab.lab.power.cpus import online_cpus, usable_cpus

Points = tuple[tuple[float, float], ...]
LONGEST = 8
START = 30.0
"""Seconds within which a load has to run; it takes some milliseconds."""
TOGETHER = 0.001
"""Seconds within which counters have to be read to be compared with each other."""
TRIES = 5
LARGEST = 16384
"""Bytes of the longest file that a counter reads (memory.stat, some 2000)."""
TICKS, _COARSE = 375, 6
"""How many ticks of the kernel's clock shares need to be exact; and CLOCK_MONOTONIC_COARSE, whose resolution is one
tick."""


class Counter:
    """A quantity of a group, whose file is kept open: reading it costs some microseconds.

    `per` is what the number is divided by, such as MIB. Raises OSError, `nslab.Unsupported`.
    """

    def __init__(self, group: Cgroup, quantity: Quantity, per: float = 1) -> None:
        self._quantity, self._source, self._per = quantity, quantity.form_of(group), per
        self._fd = os.open(group.path(quantity.subsystem, self._source.file), os.O_RDONLY | os.O_CLOEXEC)

    def read(self) -> float:
        """The number now. Raises OSError, `nslab.Unsupported`."""
        return self._quantity.number_in(os.pread(self._fd, LARGEST, 0).decode(), self._source) / self._per

    def close(self) -> None:
        os.close(self._fd)


def cpu_counter(group: Cgroup) -> Counter:
    """The CPU time that a group has used, in seconds."""
    return Counter(group, CPU_TIME)


def idle_seconds(cpu: int) -> float:
    """For how long a CPU had nothing to do since boot, in seconds. Source: proc_stat(5)."""
    # Loaded here: the fork server imports this file, and each module that it has makes every clone longer.
    import psutil

    times = psutil.cpu_times(percpu=True)[online_cpus().index(cpu)]
    return float(times.idle + times.iowait)


def portion(own: Points, *rest: Points, since: float = 0.0, until: float = math.inf) -> float:
    """What one counter gained of what it and the rest gained between two times, in percent. Raises as gained() does.

    With a CPU's idle time as the rest, this is the part of the CPU time that nobody else took: other processes of the
    machine do not count against the group.
    """
    gains = [gained(tuple(p for p in points if p[0] <= until), since) for points in (own, *rest)]
    return 100 * gains[0] / sum(gains) if sum(gains) else 0.0


def taken(idle: Points, *groups: Points) -> float:
    """What others had of one CPU, in percent: neither these groups had it, nor was it idle."""
    return 100 * (1 - sum(map(gained, (idle, *groups))))


def check_room(lacking: float, others: float, what: str) -> None:
    """Raise `nslab.errors.Disturbed` where a group that was to reach its ceiling did not, and others took at least what
    it lacked: then nobody can tell what kept it. Both are percent of one CPU; `what` says what it did not reach.
    """
    if 0 < lacking <= others:
        raise Disturbed(f"other processes took {others:.0f} % of the CPU meanwhile, and so {what}")


def summed(several: Sequence[Points]) -> Points:
    """Counters that were read together, as one."""
    return tuple((points[0][0], sum(value for _, value in points)) for points in zip(*several, strict=True))


def sample(
    sources: Mapping[str, Callable[[], float]],
    seconds: float,
    every: float = 0.1,
    at: Sequence[tuple[float, Callable[[], object]]] = (),
    warm_up: float = 0.0,
    enough: float = 0.0,
) -> dict[str, Points]:
    """Read each source every `every` seconds for `seconds`; return (seconds from the start, value) by name.

    Begins after `warm_up` seconds: a quota's first period is longer than the others. Goes on until all together gained
    `enough`, though no longer than LONGEST times `seconds`: on a busy machine that takes longer.
    `at` are things to do at their time (seconds from the start), in order. The times are those of the reading, not of
    the plan: a late reading makes no false value.
    """
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in sources}
    planned = list(at)
    start = time.monotonic() + warm_up
    steps = round(seconds / every)
    for step in range(steps * (LONGEST if enough else 1) + 1):
        if step > steps and sum(points[-1][1] - points[0][1] for points in found.values()) >= enough:
            break
        due = start + step * every
        while planned and start + planned[0][0] <= due:
            _sleep_until(start + planned[0][0])
            planned.pop(0)[1]()
        _sleep_until(due)
        for name, (when, value) in _read_together(sources).items():
            found[name].append((when - start, value))
    return {name: tuple(points) for name, points in found.items()}


def sample_with_idle(
    sources: Mapping[str, Callable[[], float]],
    cpus: Sequence[int],
    seconds: float,
    every: float = 0.1,
    at: Sequence[tuple[float, Callable[[], object]]] = (),
    warm_up: float = 0.0,
) -> tuple[dict[str, Points], Points]:
    """What sample() returns, and beside it for how long these CPUs together had nothing to do, read with it."""
    found = sample({**sources, "": lambda: sum(map(idle_seconds, cpus))}, seconds, every, at, warm_up)
    return found, found.pop("")


def _read_together(sources: Mapping[str, Callable[[], float]]) -> dict[str, tuple[float, float]]:
    """Each source's value with its time. They are read again where that took too long, since others got the CPU in
    between.
    """
    tries = []
    for _ in range(TRIES):
        read_now = {name: (time.monotonic(), read()) for name, read in sources.items()}
        took = time.monotonic() - next(iter(read_now.values()))[0]
        if took <= TOGETHER * max(1, len(sources) / 10):
            return read_now
        tries.append((took, read_now))
    return min(tries, key=lambda found: found[0])[1]


def _sleep_until(when: float) -> None:
    left = when - time.monotonic()
    if left > 0:
        time.sleep(left)


def rates(points: Points) -> Points:
    """What a counter gained per second in each step, at the time at which the step ended."""
    return tuple(
        (later[0], (later[1] - earlier[1]) / (later[0] - earlier[0])) for earlier, later in itertools.pairwise(points)
    )


def gained(points: Points, since: float = 0.0) -> float:
    """What a counter gained per second from `since` to the end. Raises `nslab.errors.Disturbed` where it was not read
    twice in that time.
    """
    within = [p for p in points if p[0] >= since]
    if len(within) < 2:
        raise Disturbed(f"this machine is so busy that a counter could not be read twice in time ({len(within)} times)")
    first, last = within[0], within[-1]
    return (last[1] - first[1]) / (last[0] - first[0])


def shares(counters: Mapping[str, Points]) -> dict[str, Points]:
    """Each one's share of the CPU time that all of them used in each step, in percent."""
    steps = {name: _steps(points) for name, points in counters.items()}
    totals = [sum(column) for column in zip(*(values for values in steps.values()), strict=True)]
    times = [when for when, _ in next(iter(counters.values()))][1:]
    return {
        name: tuple(
            (when, 100 * value / total if total else 0.0)
            for when, value, total in zip(times, values, totals, strict=True)
        )
        for name, values in steps.items()
    }


def share_of(counters: Mapping[str, Points]) -> dict[str, float]:
    """Each one's share of the CPU time that all together used from the first reading to the last, in percent."""
    used = {name: points[-1][1] - points[0][1] for name, points in counters.items()}
    total = sum(used.values())
    # Where no CPU time was used, nobody has a share. That is a result, and no error.
    return {name: 100 * value / total if total else 0.0 for name, value in used.items()}


def _steps(points: Points) -> list[float]:
    return [later[1] - earlier[1] for earlier, later in itertools.pairwise(points)]


@contextlib.contextmanager
def running(loads: Sequence[tuple[Place, Callable[..., object], tuple[object, ...]]]) -> Iterator[list[Child]]:
    """Run each function in its group (or on the host, beside them), and yield when all have begun.

    At the end of the block they are killed.
    """
    children: list[Child] = []
    try:
        for group, function, args in loads:
            children.append(group.clone(function, args=args, stream=False))
        for child in children:
            child.heard(seconds=START)
        yield children
    finally:
        for child in children:
            child.kill()
        for child in children:
            child.wait(START)


def exact(seconds: float) -> float:
    """`seconds`, or longer where shares need more to be exact: the kernel divides a CPU tick by tick.

    A tick is 1 to 10 ms long (CONFIG_HZ); clock_getres(2) tells.
    """
    return max(seconds, TICKS * time.clock_getres(_COARSE))


def quiet_cpu() -> int:
    """The CPU for loads: the last one, as the machine's own work tends to be on the first."""
    return usable_cpus()[-1]


def report(child: Child, seconds: float = START) -> tuple[float, ...]:
    """Wait for the numbers that a load prints when it is done, and return them. Raises what it raised, TimeoutError."""
    return tuple(map(float, child.heard("\n", seconds).removeprefix(load.READY).split()))
