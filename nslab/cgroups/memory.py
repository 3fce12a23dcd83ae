"""The subsystem memory: what a group may use, what the kernel does at the limit, and what it was that a group used.

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

from nslab.cgroups import measure, memload
from nslab.cgroups.byhand import directories
from nslab.cgroups.disk import scratch_directories
from nslab.cgroups.experiment import Part, Seen, run
from nslab.cgroups.group import Cgroup
from nslab.cgroups.statistics import keyed
from nslab.cgroups.units import MIB, checked_size, shown_size
from nslab.cgroups.where import where
from nslab.errors import Unsupported, checked_number
from nslab.evidence import AS_EXPECTED, AT_LEAST, AT_MOST, Evidence, Reading, within
from nslab.lab import groups
from nslab.lab.handle import Child
from nslab.linux import files
from nslab.samples import Chart, Series
from nslab.signals import signal_name

CLAIM = "A group gets no more memory than its limit: the kernel takes back what it can, and kills where it cannot."
LOW, HIGH = 8 * MIB, 512 * MIB
"""Bytes that may be asked for as the limit; without it, twice as much is used."""
GROWTH = 0.5
"""Seconds in which a process grows to the limit; twice as many without one."""
EVERY = 0.025
PATIENCE = 20.0
"""Seconds within which a process has to end; it takes some milliseconds."""
BILLED = {"anna": 16 * MIB, "ben": 48 * MIB}
MONTH = 720
"""Hours of 30 days."""
GIB = 1 << 30
V2 = "use a machine with cgroup v2 (vagrant up)"
NO_SWAP = "Swap is off in the groups, except in the part swap: else memory past the limit could go there."


def demo(limit: int | str = "32M", price: float = 0.01, only: str | Sequence[str] | None = None) -> Evidence:
    """Let processes want more memory than their group may have, and watch what the kernel does.

    `limit`: bytes, or text such as "32M", 8 MiB to 512 MiB; `price`: of one GiB for one hour, 0.0001 to 1000, for the
    bill; `only`: the names of PARTS to run. Raises TypeError and ValueError for other values, `nslab.Unsupported`.
    Source: cgroup-v2.rst ("Memory"), cgroup-v1/memory.rst.
    """
    size = checked_size("limit", limit, LOW, HIGH) // memload.STEP * memload.STEP
    options = {"limit": size, "price": checked_number("price", price, 0.0001, 1000, "per GiB and hour")}
    return run("memory", CLAIM, PARTS, only, options, _by_hand(size))


def panel(limit: int | str = "64M") -> Any:
    """Return a panel: a process that takes 8 MiB at each press of a button, a slider for its limit, and a live chart.

    `limit`: bytes, or text such as "64M", 16 to 256 MiB to begin with. Raises TypeError and ValueError for other
    values, `nslab.Unsupported`. Source: cgroup-v2.rst ("Memory").
    """
    from nslab.cgroups.panels.memory import LIMITS, MemoryPanel

    return MemoryPanel(checked_size("limit", limit, LIMITS[0] * MIB, LIMITS[-1] * MIB) // MIB)


def swap_off(group: Cgroup) -> None:
    """Let a group use no swap, where the kernel has it: else memory past the limit could go there."""
    if os.path.exists(group.path("memory", _swap_file(group.version("memory")))):
        group.swap_max = 0


@contextmanager
def _group(limit: int | None = None, high: int | None = None, swap: bool = False) -> Iterator[Cgroup]:
    """A group that uses no swap, unless it shall."""
    with Cgroup("memory") as group:
        if not swap:
            swap_off(group)
        if limit is not None:
            group.memory_max = limit
        if high is not None:
            group.memory_high = high
        yield group


def _swap_file(version: int) -> str:
    return "memory.swap.max" if version == 2 else "memory.swappiness"


@contextmanager
def _grown(group: Cgroup, size: int, seconds: float, stay: float = 0.0) -> Iterator[Child]:
    """A process in the group that grows to `size` bytes, and keeps them for a while."""
    with measure.running([(group, memload.grow, (size, seconds, stay))]) as (child,):
        yield child


def _watch(group: Cgroup, seconds: float, until: Callable[[], bool],
           at: Sequence[tuple[float, Callable[[], object]]] = ()) -> dict[str, measure.Points]:  # fmt: skip
    """Sample memory and swap in MiB, and OOM kills, for `seconds`; where the machine is slow, go on `until` then."""
    v2 = group.version("memory") == 2
    usage = measure.Counter(group.path("memory", "memory.current" if v2 else "memory.usage_in_bytes"), scale=1 / MIB)
    kills = measure.Counter(group.path("memory", "memory.events" if v2 else "memory.oom_control"), "oom_kill")
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
        return group.memory_peak / MIB
    except FileNotFoundError:
        return max(value for _, value in points)


def _killed(points: measure.Points) -> tuple[tuple[float, str], ...]:
    """The mark for the first OOM kill, if there was one."""
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


def _asked(limited: bool, text: str) -> str:
    return text if limited else "nothing"


def _limit(limited: bool, options: Mapping[str, Any]) -> Seen:
    limit = options["limit"]
    with _group(limit if limited else None) as group:
        with _grown(group, 2 * limit, 2 * GROWTH) as child:
            measured = _watch(group, 1.4 * GROWTH if limited else 2.2 * GROWTH, lambda: not child.alive)
            ended = _ended(child)
        events, peak = group.memory_events, _peak(group, measured["memory"])
    asked = _asked(limited, f"memory_max {shown_size(limit)}")
    theory = limit / MIB if limited else _straight(2 * limit, 2 * GROWTH)
    seen = Seen(
        rows=[
            Reading("the process ended by", asked, "SIGKILL", ended, AS_EXPECTED),
            Reading("OOM kills that the kernel counted", asked, 1, events.oom_kills, AS_EXPECTED),
            Reading("times the limit was met", asked, 1, events.limit, AT_LEAST),
            Reading("most memory in use, MiB", asked, limit // MIB, round(peak, 2), within(2, "MiB")),
            Reading("of it in swap, MiB", "no swap", 0.0, round(max(v for _, v in measured["swap"]), 2), AS_EXPECTED,
                    decisive=False),
        ],
        chart=_chart(measured, theory, _killed(measured["kills"])),
        notes=[NO_SWAP],
    )  # fmt: skip
    seen.note(group)
    return seen


@contextmanager
def file_on_disk(size: int) -> Iterator[str]:
    """The path of a file whose pages the kernel caches when they are read; it has no name, and goes with this process.

    All of it is a hole: nothing has to be written, and still each page that is read takes memory.
    """
    for directory in scratch_directories():
        with tempfile.TemporaryFile(dir=directory) as file:
            path = f"/proc/{os.getpid()}/fd/{file.fileno()}"
            file.truncate(4 * MIB)
            if _is_cached(path):
                # Another group has read it: its pages have to go first.
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


def _reclaim(limited: bool, options: Mapping[str, Any]) -> Seen:
    limit = options["limit"]
    with file_on_disk(2 * limit) as path, _group(limit if limited else None) as group:
        with measure.running([(group, memload.read, (path, GROWTH))]) as (reader,):
            measured = _watch(group, 1.2 * GROWTH, lambda: not reader.alive)
            read = reader.result(PATIENCE)
        events, peak = group.memory_events, _peak(group, measured["memory"])
    asked = _asked(limited, f"memory_max {shown_size(limit)}")
    seen = Seen(
        rows=[
            Reading("read from the file, MiB", asked, 2 * limit // MIB, read // MIB, AS_EXPECTED, decisive=False),
            Reading("most memory in use while reading, MiB", asked, limit // MIB, round(peak, 2), AT_MOST),
            Reading("times that the reader met the limit", asked, 1, events.limit, AT_LEAST),
            Reading("OOM kills while reading", asked, 0, events.oom_kills, AS_EXPECTED, decisive=False),
        ],
        chart=_chart(measured, limit / MIB if limited else _straight(2 * limit, GROWTH)),
    )  # fmt: skip
    seen.note(group)
    return seen


def _swap(limited: bool, options: Mapping[str, Any]) -> Seen:
    limit, wanted = options["limit"], 3 * options["limit"] // 2
    _need_swap(wanted)
    with _group(limit, swap=limited) as group:
        with _grown(group, wanted, 1.5 * GROWTH, stay=GROWTH) as child:
            measured = _watch(group, 1.9 * GROWTH, lambda: not child.alive)
            ended = _ended(child)
        peak = _peak(group, measured["memory"])
    asked = _asked(limited, f"memory_max {shown_size(limit)} and swap")
    in_swap = max(value for _, value in measured["swap"])
    marks = _killed(measured["kills"])
    seen = Seen(
        rows=[
            Reading("with swap, the process ended by", asked, "exit 0", ended, AS_EXPECTED),
            Reading("in swap, MiB", asked, (wanted - limit) // MIB, round(in_swap, 2), within(limit / MIB / 4, "MiB")),
            Reading("most memory beside it, MiB", asked, limit // MIB, round(peak, 2), AT_MOST, decisive=False),
        ],
        chart=Chart("memory and swap in use", "MiB",
                    (Series("memory", measured["memory"], limit / MIB), Series("swap", measured["swap"])), marks),
    )  # fmt: skip
    seen.note(group)
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
    return sum(1024 * (int(total) - int(used)) for _, _, total, used, _ in _swap_areas())


def _swap_areas() -> list[list[str]]:
    """Of each area: name, type, KiB, KiB in use, priority (proc_swaps(5))."""
    return [line.split() for line in files.read("/proc/swaps").splitlines()[1:]]


def _need(version: int, what: str, why: str, mend: str) -> None:
    if where("memory").version != version:
        raise Unsupported(what, why, mend)


def _high(limited: bool, options: Mapping[str, Any]) -> Seen:
    _need(2, "memory.high", "it is v2's, and memory is in a hierarchy of v1 here", V2)
    high = options["limit"]
    with _group(high=high if limited else None) as group, _grown(group, 2 * high, 2 * GROWTH, stay=PATIENCE):
        measured = _watch(group, 2.2 * GROWTH, lambda: high_events(group) > 0 or group.memory_usage > 2 * high)
        kills, slowed = group.memory_events.oom_kills, high_events(group)
    asked = _asked(limited, f"memory_high {shown_size(high)}")
    # The further above, the longer each pause: it comes to a halt some per cent above.
    ends, near = measured["memory"][-1][1], within(max(2, high / MIB / 8), "MiB")
    seen = Seen(
        rows=[
            Reading("in use at the end, MiB", asked, high // MIB, round(ends, 2), near),
            Reading("times that it was slowed down", asked, 1, slowed, AT_LEAST),
            Reading("OOM kills above high", asked, 0, kills, AS_EXPECTED, decisive=False),
        ],
        chart=_chart(measured, high / MIB if limited else _straight(2 * high, 2 * GROWTH)),
    )
    seen.note(group)
    return seen


def high_events(group: Cgroup) -> int:
    """How often somebody was slowed down above memory_high (v2)."""
    return keyed(group.read("memory", "memory.events"))["high"]


def _soft_limit(limited: bool, options: Mapping[str, Any]) -> Seen:
    _need(1, "memory.soft_limit_in_bytes", "it is v1's; v2 has memory.high, which acts always",
          "choose that part: memory.demo(only='high')")  # fmt: skip
    soft, wanted = options["limit"], 2 * options["limit"]
    with _group(high=soft if limited else None) as group, _grown(group, wanted, GROWTH, stay=PATIENCE):
        measured = _watch(group, 1.2 * GROWTH, lambda: group.memory_usage > wanted)
        kept, kills = group.memory_high, group.memory_events.oom_kills
    asked = _asked(limited, f"soft limit {shown_size(soft)}")
    # Tables of pages take memory as well, 2 MiB for each GiB.
    full = within(max(2, wanted / MIB / 64), "MiB")
    ends, passed = measured["memory"][-1][1], next((t for t, mib in measured["memory"] if mib > soft / MIB), 0.0)
    seen = Seen(
        rows=[
            Reading("soft limit that the kernel keeps, MiB", asked, soft // MIB, kept and kept // MIB, AS_EXPECTED),
            Reading("in use all the same, MiB", asked, wanted // MIB, round(ends, 2), full, decisive=False),
            Reading("OOM kills above the soft limit", asked, 0, kills, AS_EXPECTED, decisive=False),
        ],
        chart=_chart(measured, _straight(wanted, GROWTH), ((passed, "soft limit passed"),) if limited else ()),
    )
    seen.note(group)
    return seen


def _oom_control(limited: bool, options: Mapping[str, Any]) -> Seen:
    _need(1, "a pause in place of the OOM kill (memory.oom_control)", "v2 does not have it",
          "use a machine whose memory subsystem is in v1 (boot with systemd.unified_cgroup_hierarchy=0)")  # fmt: skip
    limit, wanted, raised = options["limit"], 3 * options["limit"] // 2, 1.6 * GROWTH
    waits: list[bool] = []
    with _group(limit) as group:
        if limited:
            group.write("memory", [("memory.oom_control", "1")])
        with _grown(group, wanted, 1.5 * GROWTH, stay=GROWTH / 5) as child:

            def raise_limit() -> None:
                groups.wait_until(lambda: _under_oom(group) or not child.alive, PATIENCE)
                waits.append(_under_oom(group) and child.alive)
                group.memory_max = None

            measured = _watch(group, 2 * GROWTH, lambda: not child.alive, [(raised, raise_limit)])
            ended, kills = _ended(child), group.memory_events.oom_kills
    asked = _asked(limited, "oom_kill_disable 1")
    marks = (*_killed(measured["kills"]), (raised, "limit raised"))
    seen = Seen(
        rows=[
            Reading("at the limit it waits (under_oom 1)", asked, True, waits[0], AS_EXPECTED),
            Reading("OOM kills at the limit", asked, 0, kills, AS_EXPECTED),
            Reading("once the limit is raised, it ended by", asked, "exit 0", ended, AS_EXPECTED),
        ],
        chart=_chart(measured, ((0.0, limit / MIB), (raised, limit / MIB)), marks),
    )
    seen.note(group)
    return seen


def _under_oom(group: Cgroup) -> bool:
    return keyed(group.read("memory", "memory.oom_control"))["under_oom"] == 1


def _oom_group(limited: bool, options: Mapping[str, Any]) -> Seen:
    _need(2, "memory.oom.group", "it is v2's, and memory is in a hierarchy of v1 here", V2)
    limit, others = options["limit"], 2
    with _group(limit) as group:
        if limited:
            group.write("memory", [("memory.oom.group", "1")])
        with (
            measure.running([(group, memload.hold, (memload.STEP,))] * others) as children,
            _grown(group, 2 * limit, 2 * GROWTH) as growing,
        ):
            children.append(growing)
            measured = _watch(group, 1.4 * GROWTH, lambda: not growing.alive)
            grown = _ended(growing)
            # All are killed at once; that they are gone takes a moment.
            groups.wait_until(lambda: not any(child.alive for child in children), 0.5)
            ended = sum(not child.alive for child in children)
        kills = group.memory_events.oom_kills
    asked = _asked(limited, "memory.oom.group 1")
    seen = Seen(
        rows=[
            Reading("the one that grew ended by", asked, "SIGKILL", grown, AS_EXPECTED, decisive=False),
            Reading("processes that ended with it", asked, others + 1, ended, AS_EXPECTED),
            # The kernel counts the one that it chose twice.
            Reading("OOM kills in the whole group", asked, others + 1, kills, AT_LEAST),
        ],
        chart=_chart(measured, limit / MIB, _killed(measured["kills"])),
    )
    seen.note(group)
    return seen


def _bill(limited: bool, options: Mapping[str, Any]) -> Seen:
    """With a group for each; without: both in the same one."""
    price = options["price"]
    with ExitStack() as stack:
        above = stack.enter_context(Cgroup("memory"))
        shared = above.child("both") if not limited else None
        own = {name: shared or above.child(name) for name in BILLED}
        counters = {}
        for name, group in own.items():
            file = "memory.current" if group.version("memory") == 2 else "memory.usage_in_bytes"
            counters[name] = measure.Counter(group.path("memory", file), scale=1 / MIB)
            stack.callback(counters[name].close)
        stack.enter_context(measure.running([(own[name], memload.hold, (size,)) for name, size in BILLED.items()]))
        measured = measure.sample({name: counter.read for name, counter in counters.items()}, 1.4 * GROWTH, EVERY)
    seen = Seen(
        chart=Chart("memory in use", "MiB", tuple(Series(n, measured[n], size / MIB) for n, size in BILLED.items()))
    )
    for name, size in BILLED.items():
        seconds = measured[name][-1][0] - measured[name][0][0]
        used = _integral(measured[name]) * MIB / GIB
        asked = f"{shown_size(size)} for {seconds:.1f} s" if limited else "one group for both"
        # Beside what it takes itself, a process has some hundred KiB of the kernel's and of Python's.
        seen.rows += [
            Reading(f"{name}, GiB-seconds", asked, round(size / GIB * seconds, 4), round(used, 4),
                    within(MIB / GIB * seconds, "GiB-seconds")),
            Reading(f"{name}, 30 days of it cost", f"{price:g} per GiB and hour", _money(size / GIB * MONTH * price),
                    _money(used / seconds * MONTH * price), within(MIB / GIB * MONTH * price, "of the currency")),
        ]  # fmt: skip
    return seen


def _integral(points: measure.Points) -> float:
    """The area below the line: between two readings, their mean for the time between them."""
    return sum((b[0] - a[0]) * (a[1] + b[1]) / 2 for a, b in itertools.pairwise(points))


def _money(amount: float) -> float:
    return float(f"{amount:.4g}")


def _by_hand(limit: int) -> dict[str, str]:
    version = where("memory").version
    v2 = version == 2
    return {
        **directories("memory"),
        "mib": str(limit // MIB),
        "limit_file": "memory.max" if v2 else "memory.limit_in_bytes",
        "swap_file": _swap_file(version),
        "peak_file": "memory.peak" if v2 else "memory.max_usage_in_bytes",
        "kills_file": "memory.events" if v2 else "memory.oom_control",
        "met_file": "memory.events" if v2 else "memory.failcnt",
        "met_key": "max " if v2 else "",
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
