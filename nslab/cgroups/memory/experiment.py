"""The subsystem memory: what a group may use, what the kernel does at the limit, and what is counted.

Source: Documentation/admin-guide/cgroup-v2.rst ("Memory") and cgroup-v1/memory.rst.
"""

from __future__ import annotations

import itertools
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from nslab.cgroups.bench import measure, memload
from nslab.cgroups.bench.byhand import counted, directories
from nslab.cgroups.bench.disk import scratch_directories
from nslab.cgroups.bench.notes import note
from nslab.cgroups.core.group import Cgroup
from nslab.cgroups.core.knobs import MEMORY_HIGH, MEMORY_MAX, OOM_GROUP, OOM_WAITS, SWAP_MAX, Knob
from nslab.cgroups.core.location import where
from nslab.cgroups.core.quantities import (
    LIMIT_MET,
    MEMORY_PEAK,
    MEMORY_TAKEN_BACK,
    MEMORY_USAGE,
    OOM_KILLS,
    SLOWED,
    UNDER_OOM,
    together,
)
from nslab.cgroups.core.units import MIB, checked_size, shown_size
from nslab.cgroups.core.versions import VERSIONS
from nslab.errors import Unsupported, checked_number
from nslab.experiment.evidence import Evidence, Reading
from nslab.experiment.expect import AsExpected, AtLeast, AtMost, Within
from nslab.experiment.parts import Part, Seen, chosen
from nslab.experiment.run import run
from nslab.experiment.samples import Chart, Series
from nslab.kernels.elsewhere import elsewhere
from nslab.lab.client.child import Child
from nslab.lab.power import limits
from nslab.lab.upkeep import cgroup_cleanup
from nslab.linux import hugepage, process
from nslab.signals import signal_name

CLAIM = "A group gets no more memory than its limit: the kernel takes back what it can, and kills where it cannot."
LOW, HIGH = 8 * MIB, 512 * MIB
"""Bytes that may be asked for as the limit; without it, twice as much is used."""
CONTROL = 3
"""How many times the limit has to be free: what is used without it, and the processes themselves."""
GROWTH = 0.5
"""Seconds in which a process grows to the limit; twice as many without one."""
EVERY = 0.025
PATIENCE = 20.0
"""Seconds within which a process has to end; it takes some milliseconds."""
BILLED = {"anna": 16 * MIB, "ben": 48 * MIB}
MONTH = 720
"""Hours of 30 days."""
GIB = 1 << 30
NO_SWAP = "Swap is off in the groups, except in the part swap: else memory past the limit could go there."


@elsewhere
def demo(limit: int | str = "32M", price: float = 0.01, only: str | Sequence[str] | None = None) -> Evidence:
    """Let processes want more memory than their group may have, and watch what the kernel does.

    `limit`: bytes, or text such as "32M", 8 MiB to 512 MiB; `price`: of one GiB for one hour, 0.0001 to 1000, for the
    bill; `only`: the names of PARTS to run. Raises TypeError and ValueError for other values, `nslab.Unsupported`.
    Source: cgroup-v2.rst ("Memory"), cgroup-v1/memory.rst.
    """
    size = checked_size("limit", limit, LOW, HIGH) // memload.STEP * memload.STEP
    options = {"limit": size, "price": checked_number("price", price, 0.0001, 1000, "per GiB and hour")}
    chosen(PARTS, only)
    _check_room(CONTROL * size)
    return run("nslab.cgroups.memory", CLAIM, PARTS, only, options, by_hand=_by_hand(size))


def _check_room(wanted: int) -> None:
    """Raise `nslab.Unsupported` where the controls, which have no limit, would reach one above, or the machine's."""
    room = limits.memory(limits.upwards(where("memory").base))
    if room.free < wanted:
        raise Unsupported(
            f"{shown_size(wanted)} of memory for the runs without a limit",
            f"{shown_size(room.free)} are free ({room.by})",
            "ask for a lower limit: --set limit=8M, end what uses much memory, or raise the limit above",
        )  # fmt: skip


def swap_off(group: Cgroup) -> None:
    """Let a group use no swap, where the kernel has it: else memory past the limit could go there."""
    if SWAP_MAX.is_there(group):
        group.swap_max = 0


@contextmanager
def _group(limit: int | None = None, high: int | None = None, swap: bool = False) -> Iterator[Cgroup]:
    """A group that uses no swap, unless `swap` is set."""
    with Cgroup("memory") as group:
        if not swap:
            swap_off(group)
        if limit is not None:
            group.memory_max = limit
        if high is not None:
            group.memory_high = high
        yield group


def _swap_kept(group: Cgroup) -> tuple[int | None, ...]:
    """What swap the kernel lets the group use, in bytes (None: any); nothing where it cannot be set."""
    try:
        return (group.swap_max,)
    except FileNotFoundError:
        return ()


def _swap_row(key: str, expected: int | None, kept: tuple[int | None, ...]) -> list[Reading]:
    return [
        Reading(key, "swap that the kernel lets it use, bytes", f"swap_max {expected}", expected, swap, AsExpected(),
                decisive=False)
        for swap in kept
    ]  # fmt: skip


@contextmanager
def _grown(group: Cgroup, size: int, seconds: float, stay: float = 0.0) -> Iterator[Child]:
    """A process in the group that grows to `size` bytes, and keeps them for a while."""
    with measure.running([(group, memload.grow, (size, seconds, stay))]) as (child,):
        yield child


def _watch(group: Cgroup, seconds: float, until: Callable[[], bool],
           at: Sequence[tuple[float, Callable[[], object]]] = ()) -> dict[str, measure.Points]:  # fmt: skip
    """Sample memory and swap in MiB, and OOM kills, for `seconds`; where the machine is slow, go on `until` then."""
    usage = measure.Counter(group, MEMORY_USAGE, per=MIB)
    kills = measure.Counter(group, OOM_KILLS)
    with ExitStack() as stack:
        stack.callback(usage.close)
        stack.callback(kills.close)
        sources = {"memory": usage.read, "swap": lambda: group.swap_usage / MIB, "kills": kills.read}
        start = time.monotonic()
        measured = measure.sample(sources, seconds, EVERY, at)
        while not until() and time.monotonic() < start + PATIENCE:
            later = time.monotonic() - start
            for name, points in measure.sample(sources, 4 * EVERY, EVERY).items():
                measured[name] += tuple((later + when, value) for when, value in points)
        return measured


def _peak(group: Cgroup, points: measure.Points) -> float:
    """The most memory that was in use, in MiB: as the kernel has it, or of the samples (v2 before Linux 5.19)."""
    try:
        return float(group.memory_peak / MIB)
    except Unsupported:
        return max(value for _, value in points)


def _killed(points: measure.Points) -> tuple[tuple[float, str], ...]:
    """A mark at the first OOM kill, if there was one."""
    return tuple((when, "OOM kill") for when, kills in points if kills)[:1]


def _ended(child: Child) -> str:
    """How a process ended: the name of the signal, or its exit status."""
    status = child.wait(PATIENCE)
    return signal_name(-status) if status < 0 else f"exit {status}"


def _chart(measured: Mapping[str, measure.Points], expected: Any, marks: tuple[tuple[float, str], ...] = ()) -> Chart:
    return Chart("memory in use", "MiB", (Series("memory", measured["memory"], expected),), marks)


def _straight(size: int, seconds: float) -> tuple[tuple[float, float], ...]:
    """The line of a process that grows to `size` bytes, and stays there."""
    return ((0.0, 0.0), (seconds, size / MIB))


def _asked(treated: bool, text: str) -> str:
    return text if treated else "nothing"


def _limit(treated: bool, *, limit: int) -> Seen:
    with _group(limit if treated else None) as group:
        with _grown(group, 2 * limit, 2 * GROWTH) as child:
            measured = _watch(group, 1.4 * GROWTH if treated else 2.2 * GROWTH, lambda: not child.alive)
            ended = _ended(child)
        events, peak, swap = group.memory_events, _peak(group, measured["memory"]), _swap_kept(group)
    asked = _asked(treated, f"memory_max {shown_size(limit)}")
    theory = limit / MIB if treated else _straight(2 * limit, 2 * GROWTH)
    seen = Seen(
        rows=[
            Reading("ended", "the process ended by", asked, "SIGKILL", ended, AsExpected()),
            Reading("kills", "OOM kills that the kernel counted", asked, 1, events.oom_kills, AsExpected()),
            Reading("met", "times the limit was met", asked, 1, events.limit, AtLeast()),
            Reading("most", "most memory in use, MiB", asked, limit // MIB, round(peak, 2), Within(2, "MiB")),
            Reading("with-swap", "most memory and most swap together, MiB", asked, limit // MIB,
                    round(peak + max(mib for _, mib in measured["swap"]), 2), Within(2, "MiB")),
            *_swap_row("swap-off", 0, swap),
        ],
        chart=_chart(measured, theory, _killed(measured["kills"])),
        notes=[NO_SWAP],
    )  # fmt: skip
    note(seen, group)
    return seen


@contextmanager
def file_on_disk(size: int) -> Iterator[str]:
    """The path of a file whose pages the kernel caches when they are read; it has no name, and goes with this process.

    The file is one hole: nothing has to be written to the disk, and still each page that is read takes memory.
    """
    for directory in scratch_directories():
        with tempfile.TemporaryFile(dir=directory) as file:
            path = f"/proc/{os.getpid()}/fd/{file.fileno()}"
            file.truncate(4 * MIB)
            if _is_cached(path):
                # Another group has read the file, and its cached pages are charged to that one: they have to go first.
                file.truncate(0)
                file.truncate(size)
                yield path
                return
    raise Unsupported(
        "a file on a disk, for a page cache that can be given back",
        "files in /var/tmp and in the home and working directory are in memory themselves here (tmpfs)",
        "set TMPDIR to a directory on a disk, or use the VM (vagrant up)",
    )


def _is_cached(path: str) -> bool:
    """Whether reading a file of 4 MiB takes that much memory."""
    with Cgroup("memory") as group:
        group.clone(memload.read, args=(path, 0.0), stream=False).result(PATIENCE)
        return group.memory_usage > 3 * MIB


def _reclaim(treated: bool, *, limit: int) -> Seen:
    with file_on_disk(2 * limit) as path, _group(limit if treated else None) as group:
        with measure.running([(group, memload.read, (path, GROWTH))]) as (reader,):
            measured = _watch(group, 1.2 * GROWTH, lambda: not reader.alive)
            read = reader.result(PATIENCE)
        events, peak = group.memory_events, _peak(group, measured["memory"])
        held, back = together(group, MEMORY_USAGE, MEMORY_TAKEN_BACK)
    asked = _asked(treated, f"memory_max {shown_size(limit)}")
    seen = Seen(
        rows=[
            Reading("read", "read from the file, MiB", asked, 2 * limit // MIB, read // MIB, AsExpected(),
                    decisive=False),
            Reading("taken-back", "of the memory for it, taken back, MiB", asked, limit // MIB, round(back / MIB, 2),
                    AtLeast()),
            Reading("charged", "in use after it and taken back, MiB", asked, round(read / MIB, 2),
                    round((held + back) / MIB, 2), AtLeast(), decisive=False),
            Reading("cached", "most memory in use while reading, MiB", asked, limit // MIB, round(peak, 2), AtMost()),
            Reading("reader-met", "times that the reader met the limit", asked, 1, events.limit, AtLeast()),
            Reading("reader-kills", "OOM kills while reading", asked, 0, events.oom_kills, AsExpected(),
                    decisive=False),
        ],
        chart=_chart(measured, limit / MIB if treated else _straight(2 * limit, GROWTH)),
    )  # fmt: skip
    note(seen, group)
    return seen


def _swap(treated: bool, *, limit: int) -> Seen:
    wanted = 3 * limit // 2
    _need_swap(wanted)
    with _group(limit, swap=treated) as group:
        with _grown(group, wanted, 1.5 * GROWTH, stay=GROWTH) as child:
            measured = _watch(group, 1.9 * GROWTH, lambda: not child.alive)
            ended = _ended(child)
        peak, kept = _peak(group, measured["memory"]), group.memory_max
    asked = _asked(treated, f"memory_max {shown_size(limit)} and swap")
    in_swap = max(value for _, value in measured["swap"])
    marks = _killed(measured["kills"])
    seen = Seen(
        rows=[
            Reading("swap-ended", "with swap, the process ended by", asked, "exit 0", ended, AsExpected()),
            Reading("swap", "in swap, MiB", asked, (wanted - limit) // MIB, round(in_swap, 2),
                    Within(limit / MIB / 4, "MiB")),
            Reading("beside-swap", "most memory beside it, MiB", asked, limit // MIB, round(peak, 2), AtMost(),
                    decisive=False),
            Reading("memory-and-swap", "most of both together, MiB", asked, wanted // MIB, round(peak + in_swap, 2),
                    AtLeast()),
            Reading("swap-limit", "limit that the kernel keeps beside swap, MiB", f"memory_max {shown_size(limit)}",
                    limit // MIB, kept and kept // MIB, AsExpected(), decisive=False),
        ],
        chart=Chart("memory and swap in use", "MiB",
                    (Series("memory", measured["memory"], limit / MIB), Series("swap", measured["swap"])), marks),
    )  # fmt: skip
    note(seen, group)
    return seen


def _need_swap(size: int) -> None:
    free = free_swap()
    if free < size:
        raise Unsupported(
            f"{shown_size(size)} of swap", f"this machine has {shown_size(free)} of it free",
            "as root: fallocate -l 1G /swapfile; chmod 600 /swapfile; mkswap /swapfile; swapon /swapfile",
        )  # fmt: skip


def free_swap() -> int:
    """Bytes of this machine's swap that are free."""
    return hugepage.meminfo()["SwapFree"]


def _need(knob: Knob, version: int, why: str, mend: str) -> None:
    """Raise `nslab.Unsupported` where the knob is not the one of that version of cgroups here."""
    wanted = knob.form(version)
    if knob.forms.get(where("memory").version) is not wanted:
        raise Unsupported(wanted.file, why, mend)


def _high(treated: bool, *, limit: int) -> Seen:
    _need(MEMORY_HIGH, 2, "it is v2's, and memory is in a hierarchy of v1 here", VERSIONS[2].where_to_find)
    high = limit
    with (
        _group(high=high if treated else None) as group,
        _grown(group, 2 * high, 2 * GROWTH, stay=PATIENCE) as child,
    ):
        measured = _watch(group, 2.2 * GROWTH, lambda: SLOWED.of(group) > 0 or group.memory_usage > 2 * high)
        kills, slowed, runs = group.memory_events.oom_kills, SLOWED.of(group), child.alive
    asked = _asked(treated, f"memory_high {shown_size(high)}")
    # The further above the mark, the longer the kernel's pauses: the process comes to a halt some per cent above it.
    ends, near = measured["memory"][-1][1], Within(max(2, high / MIB / 8), "MiB")
    seen = Seen(
        rows=[
            Reading("high", "in use at the end, MiB", asked, high // MIB, round(ends, 2), near),
            Reading("slowed", "times that it was slowed down", asked, 1, slowed, AtLeast()),
            Reading("high-kills", "OOM kills above high", asked, 0, kills, AsExpected(), decisive=False),
            Reading("high-runs", "the process runs still, above high", asked, True, runs, AsExpected(), decisive=False),
        ],
        chart=_chart(measured, high / MIB if treated else _straight(2 * high, 2 * GROWTH)),
    )
    note(seen, group)
    return seen


def _soft_limit(treated: bool, *, limit: int) -> Seen:
    _need(MEMORY_HIGH, 1, "it is v1's; v2 has memory.high, which acts always",
          "choose that part: memory.demo(only='high')")  # fmt: skip
    soft, wanted = limit, 2 * limit
    early: list[int | None] = []
    with (
        _group(high=soft if treated else None) as group,
        _grown(group, wanted, GROWTH, stay=PATIENCE) as child,
    ):
        # The soft limit is read before it is passed, and again when all is in use.
        look = (GROWTH / 4, lambda: early.append(group.memory_high))
        measured = _watch(group, 1.2 * GROWTH, lambda: not child.alive or _own(child) >= wanted, [look])
        used, late, kills, runs = group.memory_usage, group.memory_high, group.memory_events.oom_kills, child.alive
    kept, above = early[0], None if late is None else round((used - late) / MIB, 2)
    asked = _asked(treated, f"soft limit {shown_size(soft)}")
    # Tables of pages take memory as well, 2 MiB for each GiB.
    full = Within(max(2, wanted / MIB / 64), "MiB")
    ends, passed = measured["memory"][-1][1], next((t for t, mib in measured["memory"] if mib > soft / MIB), 0.0)
    seen = Seen(
        rows=[
            Reading("soft-limit", "soft limit that the kernel keeps, MiB", asked, soft // MIB, kept and kept // MIB,
                    AsExpected()),
            Reading("soft-used", "in use all the same, MiB", asked, wanted // MIB, round(ends, 2), full,
                    decisive=False),
            Reading("above-soft", "in use above the soft limit that the kernel keeps, MiB", asked,
                    (wanted - soft) // MIB, above, full),
            Reading("soft-runs", "the process runs still, above the soft limit", asked, True, runs, AsExpected(),
                    decisive=False),
            Reading("soft-kills", "OOM kills above the soft limit", asked, 0, kills, AsExpected(), decisive=False),
        ],
        chart=_chart(measured, _straight(wanted, GROWTH), ((passed, "soft limit passed"),) if treated else ()),
    )  # fmt: skip
    note(seen, group)
    return seen


def _own(child: Child) -> int:
    """What a process itself has in memory, in bytes, whatever its group is (RssAnon, proc_pid_status(5))."""
    return int(process.status(child.pid)["RssAnon"].split()[0]) << 10


def _oom_control(treated: bool, *, limit: int) -> Seen:
    _need(OOM_WAITS, 1, "v2 has no pause in place of the OOM kill", VERSIONS[1].where_to_find)
    wanted, raised = 3 * limit // 2, 1.6 * GROWTH
    waits: list[bool] = []
    with _group(limit) as group:
        if treated:
            OOM_WAITS.set(group, True)
        with _grown(group, wanted, 1.5 * GROWTH, stay=GROWTH / 5) as child:

            def raise_limit() -> None:
                cgroup_cleanup.wait_until(lambda: UNDER_OOM.of(group) or not child.alive, PATIENCE)
                waits.append(UNDER_OOM.of(group) == 1 and child.alive)
                group.memory_max = None

            measured = _watch(group, 2 * GROWTH, lambda: not child.alive, [(raised, raise_limit)])
            ended, kills = _ended(child), group.memory_events.oom_kills
    asked = _asked(treated, "oom_kill_disable 1")
    marks = (*_killed(measured["kills"]), (raised, "limit raised"))
    seen = Seen(
        rows=[
            Reading("waits", "at the limit it waits (under_oom 1)", asked, True, waits[0], AsExpected()),
            Reading("waits-kills", "OOM kills at the limit", asked, 0, kills, AsExpected()),
            Reading("raised-ended", "once the limit is raised, it ended by", asked, "exit 0", ended, AsExpected()),
        ],
        chart=_chart(measured, ((0.0, limit / MIB), (raised, limit / MIB)), marks),
    )
    note(seen, group)
    return seen


def _oom_group(treated: bool, *, limit: int) -> Seen:
    _need(OOM_GROUP, 2, "it is v2's, and memory is in a hierarchy of v1 here", VERSIONS[2].where_to_find)
    others = 2
    with _group(limit) as group:
        if treated:
            OOM_GROUP.set(group, True)
        with (
            measure.running([(group, memload.hold, (memload.STEP,))] * others) as children,
            _grown(group, 2 * limit, 2 * GROWTH) as growing,
        ):
            children.append(growing)
            measured = _watch(group, 1.4 * GROWTH, lambda: not growing.alive)
            grown = _ended(growing)
            # All are killed at once, but it takes a moment until they are gone.
            cgroup_cleanup.wait_until(lambda: not any(child.alive for child in children), 0.5)
            kills = group.memory_events.oom_kills
            # On a busy machine a longer one. The kernel counts the process that it chose twice.
            cgroup_cleanup.wait_until(lambda: sum(not child.alive for child in children) >= kills - 1, PATIENCE)
            ended = sum(not child.alive for child in children)
    asked = _asked(treated, "memory.oom.group 1")
    seen = Seen(
        rows=[
            Reading("grown-ended", "the one that grew ended by", asked, "SIGKILL", grown, AsExpected(), decisive=False),
            Reading("group-ended", "processes that ended with it", asked, others + 1, ended, AsExpected()),
            # The kernel counts the process that it chose twice.
            Reading("group-kills", "OOM kills in the whole group", asked, others + 1, kills, AtLeast()),
        ],
        chart=_chart(measured, limit / MIB, _killed(measured["kills"])),
    )
    note(seen, group)
    return seen


def _bill(treated: bool, *, price: float) -> Seen:
    """With the treatment each customer has a group, without it both are in the same one."""
    with ExitStack() as stack:
        above = stack.enter_context(Cgroup("memory"))
        shared = above.child("both") if not treated else None
        own = {name: shared or above.child(name) for name in BILLED}
        counters = {}
        for name, group in own.items():
            counters[name] = measure.Counter(group, MEMORY_USAGE, per=MIB)
            stack.callback(counters[name].close)
        stack.enter_context(measure.running([(own[name], memload.hold, (size,)) for name, size in BILLED.items()]))
        measured = measure.sample({name: counter.read for name, counter in counters.items()}, 1.4 * GROWTH, EVERY)
    seen = Seen(
        chart=Chart("memory in use", "MiB", tuple(Series(n, measured[n], size / MIB) for n, size in BILLED.items()))
    )
    for name, size in BILLED.items():
        seconds = measured[name][-1][0] - measured[name][0][0]
        used = _integral(measured[name]) * MIB / GIB
        asked = f"{shown_size(size)} for {seconds:.1f} s" if treated else "one group for both"
        # Beside what it asks for, a process uses some hundred KiB for Python and in the kernel.
        seen.rows += [
            Reading(f"gib-seconds-{name}", f"{name}, GiB-seconds", asked, round(size / GIB * seconds, 4),
                    round(used, 4), Within(MIB / GIB * seconds, "GiB-seconds")),
            Reading(f"cost-{name}", f"{name}, 30 days of it cost", f"{price:g} per GiB and hour",
                    _money(size / GIB * MONTH * price), _money(used / seconds * MONTH * price),
                    Within(MIB / GIB * MONTH * price, "of the currency")),
        ]  # fmt: skip
    return seen


def _integral(points: measure.Points) -> float:
    """The area below the line: between two readings, their mean for the time between them."""
    return sum((b[0] - a[0]) * (a[1] + b[1]) / 2 for a, b in itertools.pairwise(points))


def _money(amount: float) -> float:
    return float(f"{amount:.4g}")


def _by_hand(limit: int) -> dict[str, str]:
    version = where("memory").version
    return {
        **directories("memory"),
        **counted(version, peak=MEMORY_PEAK, kills=OOM_KILLS, met=LIMIT_MET),
        "mib": str(limit // MIB),
        "limit_file": MEMORY_MAX.form(version).file,
        "swap_file": SWAP_MAX.form(version).file,
    }


PARTS = (
    Part("limit", "a process that wants more than its group may have is killed at the limit", _limit),
    Part("reclaim", "a page cache at the limit gives back its oldest pages, and nobody is killed", _reclaim),
    Part("swap", "where the group has swap, the rest goes there in place of the kill", _swap),
    Part("high", "above high a process is slowed down, and not killed", _high),
    Part("soft_limit", "v1's soft limit is a hint: where memory is free, a group goes past it", _soft_limit),
    Part("oom_control", "v1 can let a process wait at the limit in place of the kill", _oom_control),
    Part("oom_group", "v2 can kill all of a group together", _oom_group),
    Part("bill", "memory times the time it was held, for each group, is its bill", _bill),
)
