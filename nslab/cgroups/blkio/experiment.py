"""The subsystem blkio ("io" in v2): how many bytes and operations per second a group may move to and from a disk.

Source: Documentation/admin-guide/cgroup-v1/blkio-controller.rst, cgroup-v2.rst ("IO"), bfq-iosched.rst.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from nslab.cgroups.bench import ioload, measure
from nslab.cgroups.bench.byhand import directories
from nslab.cgroups.bench.disk import ROOT, Disk, disk, disks_below, moved_by
from nslab.cgroups.bench.notes import note
from nslab.cgroups.core.group import Cgroup, checked_groups
from nslab.cgroups.core.knobs import BFQ_WEIGHT, IO_MAX
from nslab.cgroups.core.location import home, where
from nslab.cgroups.core.quantities import BFQ_READ
from nslab.cgroups.core.statistics import IoCount
from nslab.cgroups.core.units import MIB, checked_size, shown_size
from nslab.errors import Unsupported, checked_number, checked_whole
from nslab.experiment.evidence import Evidence, Reading
from nslab.experiment.expect import AsExpected, Within
from nslab.experiment.parts import Part, Seen
from nslab.experiment.run import run
from nslab.experiment.samples import Chart, Series
from nslab.kernels.elsewhere import elsewhere
from nslab.lab.client.child import Child
from nslab.lab.power import limits
from nslab.lab.power.refusals import explained
from nslab.lab.upkeep import journal
from nslab.linux import files

CLAIM = "A group moves no more bytes and operations per second than its limits; weights divide a disk that many want."
WEIGHTS = {"cgrp1": 300, "cgrp2": 100}
LOW, HIGH = 256 << 10, 64 * MIB
"""Bytes per second that may be asked for as the limit."""
SMALL, BIG = 4096, 65536
"""Bytes of the blocks that are moved; the small ones are for a small limit in bytes."""
PER_SECOND = 64
"""At least so many blocks are to fit into one second of a limit in bytes."""
CLOSE = 0.05
"""How far from the limit the throughput may be, as a fraction of the limit."""
BURST = 0.5
"""Seconds after which the kernel has settled: it starts with a burst."""
EVERY, STEPS = 0.025, 12
"""Seconds between two readings; and over how many readings a point of the chart is the mean, as the kernel lets through
the data of a tenth of a second at once (throtl_slice)."""
BRIEF = 0.4
"""Seconds of a measurement without a limit, which moves as much as the disk can."""
FREE = 2
"""How many times the limit has to be free above: what is moved without it has to be clearly more."""
START, SHARED, SHARED_EVERY = 0.3, 1.5, 0.1
"""For groups with weights: seconds before measuring, of measuring, and between two readings."""
SPREAD, CLEAR = Within(3, "points"), 6
"""How near a share has to be to what its weight gives; and how many points an equal share has to be away from that, for
the control to decide anything."""
TUNING = {"low_latency": "0", "strict_guarantees": "1", "max_budget": "1024", "slice_idle": "100"}
"""Settings of bfq, which end with it: nothing gets a head start for being interactive, shares are as exact as they can
be, turns are short (512 KiB), and bfq waits (100 ms) for the next request of whoever has the turn, as the machine may
be busy."""
LONGEST = 60.0
"""Seconds after which a load ends by itself, whatever happens here."""
DIRECTIONS = ("write", "read")


@elsewhere
def demo(bps: int | str = "4M", iops: int = 100, weights: Mapping[str, int] | None = None, seconds: float = 3.0,
         only: str | Sequence[str] | None = None) -> Evidence:  # fmt: skip
    """Let groups write and read a disk past all caches, with limits and with weights, and measure what they get.

    The disk is a loop device; an ordinary user's is the one that a file of 16 MiB is on for this.
    `bps`: bytes per second, or text such as "4M", 256 KiB to 64 MiB; `iops`: operations per second, 50 to 2000;
    `weights`: group → weight of the scheduler bfq, 1 to 1000, for 2 to 4 groups; `seconds` for each measurement of a
    limit, 2 to 30; `only`: the names of PARTS to run. Raises TypeError and ValueError for other values,
    `nslab.Unsupported`. Source: blkio-controller.rst, cgroup-v2.rst ("IO").
    """
    rate = checked_size("bps", bps, LOW, HIGH)
    options = {
        "bps": rate,
        "iops": checked_whole("iops", iops, 50, 2000),
        "weights": _checked_weights(WEIGHTS if weights is None else weights),
        "seconds": checked_number("seconds", seconds, 2, 30, "s"),
    }
    return run("nslab.cgroups.blkio", CLAIM, PARTS, only, options, by_hand=_by_hand(rate))


def _checked_weights(weights: object) -> dict[str, int]:
    checked = checked_groups(
        "weights", weights, "weights",
        lambda name, weight: checked_whole(f"weight of {name}", weight, 1, 1000), 2, 4, WEIGHTS,
    )  # fmt: skip
    if len(set(checked.values())) == 1:
        raise ValueError(f"weights={weights!r}: give some that differ, as equal ones are what there is without any")
    return checked


def _moving(group: Cgroup, device: Disk, direction: str, block: int) -> tuple[Any, ...]:
    """A load for measure.running."""
    return group, ioload.transfer, (device.path, direction == "write", block, LONGEST)


def _moved(load: Child) -> IoCount:
    """What a load has moved so far. Raises what it raised, where it has ended."""
    try:
        return moved_by(load.pid)
    except OSError:
        load.result(measure.START)
        raise


def _limits(key: str, rate: int) -> dict[str, int]:
    """The same limit for both directions, with the keys of v2's io.max."""
    return {f"{direction[0]}{key}": rate for direction in DIRECTIONS}


def _settled(treated: bool, sources: Mapping[str, Callable[[], float]], seconds: float) -> dict[str, measure.Points]:
    return measure.sample(sources, seconds if treated else BRIEF, EVERY, warm_up=BURST if treated else 0.0)


def _per_second(points: measure.Points) -> float:
    """The slope of the straight line through all readings (least squares): between two bursts the ends alone are off by
    up to one of them."""
    middle, mean = (sum(column) / len(points) for column in zip(*points, strict=True))
    return sum((t - middle) * (v - mean) for t, v in points) / sum((t - middle) ** 2 for t, _ in points)


def _chart(quantity: str, unit: str, measured: Mapping[str, measure.Points], expected: float, treated: bool) -> Chart:
    steps = STEPS if treated else 1
    lines = {
        name: tuple((t, (v - v0) / (t - t0)) for (t0, v0), (t, v) in zip(points, points[steps:], strict=False))
        for name, points in measured.items()
    }
    # Without a limit the line goes far beyond; on a scale for that the limit could not be seen.
    series = tuple(Series(name, line, expected) for name, line in lines.items())
    return Chart(quantity, unit, series, top=3.0 * expected)


def _check_above(device: Disk, bps: int, iops: int) -> None:
    """Raise `nslab.Unsupported` where a cgroup above has limits that would be met: the runs without one have to move
    clearly more.
    """
    least = limits.throughput(limits.upwards(where("blkio").base), disks_below(device))
    for key, (value, by) in least.items():
        wanted = FREE * (bps if key.endswith("bps") else iops)
        if value < wanted:
            shown = shown_size(wanted) if key.endswith("bps") else f"{wanted} operations"
            raise Unsupported(
                f"{shown} per second for the runs without a limit", by,
                "ask for a lower limit: --set bps=256K, --set iops=50; or raise the one above (a container's "
                "--device-write-bps, a unit's IOWriteBandwidthMax=)",
            )  # fmt: skip


def _bytes(treated: bool, *, bps: int, seconds: float) -> Seen:
    block = min(BIG, max(SMALL, bps // PER_SECOND // SMALL * SMALL))
    with Cgroup("blkio") as group, Cgroup("blkio") as beside, disk() as device:
        _check_above(device, bps, bps // block)
        if treated:
            for each in (group, beside):
                each.io_max = {device.numbers: _limits("bps", bps)}
        with measure.running([_moving(group, device, d, block) for d in DIRECTIONS]) as (writer, reader):
            sources = {
                "write": lambda: _moved(writer).write_bytes / MIB,
                "read": lambda: _moved(reader).read_bytes / MIB,
                "group": lambda: group.io(device.numbers).write_bytes / MIB,
            }
            measured = _settled(treated, sources, seconds)
        others = beside.io(device.numbers).write_bytes / MIB
        seen = Seen(notes=device.notes)
        note(seen, group, beside)
    counted = measured.pop("group")
    asked, expected = {d: f"{d[0]}bps {shown_size(bps)}" if treated else "nothing" for d in DIRECTIONS}, bps / MIB
    seen.chart = _chart("throughput", "MiB/s", measured, expected, treated)
    for direction, points in measured.items():
        seen.rows.append(
            Reading(direction, f"{direction}, MiB per second", asked[direction], expected,
                    round(_per_second(points), 3), Within(CLOSE * expected, "MiB/s"))
        )  # fmt: skip
    # Without a limit on the device v1 may count nothing at all (since Linux 6.8).
    seen.rows += [
        Reading("account", "write, MiB per second, as counted for the group", asked["write"], expected,
                round(_per_second(counted), 3), Within(CLOSE * expected, "MiB/s")),
        Reading("account-beside", "written, MiB, as counted for a group beside it", asked["write"], 0.0,
                round(others, 2), AsExpected(), decisive=False),
    ]  # fmt: skip
    return seen


def _operations(treated: bool, *, iops: int, seconds: float) -> Seen:
    blocks = {"write": SMALL, "read": BIG}
    with Cgroup("blkio") as group, disk() as device:
        _check_above(device, iops * max(blocks.values()), iops)
        if treated:
            group.io_max = {device.numbers: _limits("iops", iops)}
        with measure.running([_moving(group, device, d, blocks[d]) for d in DIRECTIONS]) as (writer, reader):
            sources = {
                f"writes of {shown_size(blocks['write'])}": lambda: _moved(writer).writes,
                f"reads of {shown_size(blocks['read'])}": lambda: _moved(reader).reads,
            }
            measured = _settled(treated, sources, seconds)
    seen = Seen(chart=_chart("operations", "per second", measured, iops, treated), notes=device.notes)
    for name, points in measured.items():
        asked = f"{name[0]}iops {iops}" if treated else "nothing"
        got = round(_per_second(points), 1)
        key, near = f"operations-{name.partition('s ')[0]}", Within(CLOSE * iops, "per second")
        seen.rows.append(Reading(key, f"{name}, per second", asked, iops, got, near))
    note(seen, group)
    return seen


@contextmanager
def _bfq(device: Disk) -> Iterator[None]:
    """Give the device bfq, the scheduler that has weights."""
    if device.shared:
        raise Unsupported(
            "a disk that is divided by weights", f"the scheduler bfq would be for all who use {device.node}", ROOT
        )
    file = f"/sys/block/{device.name}/queue/scheduler"
    match = re.search(r"\[(.+)\]", files.read(file))
    before = match[1] if match else "none"
    try:
        # The device keeps its scheduler when it loses its file: after a kill -9 the end of the session undoes this.
        backing = f"/sys/block/{device.name}/loop/backing_file"
        journal.change(home().session, file, "bfq", before, same={backing: files.read(backing)})
    except OSError as e:
        if e.errno not in (errno.EINVAL, errno.ENOENT):
            raise explained(e, "a disk that is divided by weights") from e
        raise Unsupported(
            "a disk that is divided by weights", f"this kernel has no scheduler bfq ({e.strerror})",
            "as root: modprobe bfq   (or use the VM: vagrant up)",
        ) from e  # fmt: skip
    try:
        for setting, value in TUNING.items():
            files.write(f"/sys/block/{device.name}/queue/iosched/{setting}", value)
        yield
    finally:
        journal.undo(home().session, file)


def _weigh(groups: Mapping[str, Cgroup], weights: Mapping[str, int]) -> None:
    for name, group in groups.items():
        if not BFQ_WEIGHT.is_there(group):
            file = BFQ_WEIGHT.form_of(group).file
            raise Unsupported(
                "a disk that is divided by weights", f"bfq has no weights for groups in this kernel (no {file})",
                "use a kernel with CONFIG_BFQ_GROUP_IOSCHED, such as that of the VM: vagrant up",
            )  # fmt: skip
        BFQ_WEIGHT.set(group, weights[name])


def _shares(treated: bool, *, weights: Mapping[str, int]) -> Seen:
    with disk() as device, _bfq(device), Cgroup("blkio") as above:
        groups = {name: above.child(name) for name in weights}
        _weigh(groups, weights if treated else dict.fromkeys(weights, 100))
        # The file was never written, so the kernel reads it at full speed, and all loads wait for the scheduler.
        with measure.running([_moving(group, device, "read", BIG) for group in groups.values()]):
            read = BFQ_READ.given(device=device.numbers)
            sources = {n: (lambda group=group: read.of(group)) for n, group in groups.items()}
            measured = measure.sample(sources, SHARED, SHARED_EVERY, warm_up=START)
        seen = Seen()
        note(seen, *groups.values())
    got, lines, equal = measure.share_of(measured), measure.shares(measured), 100 / len(weights)
    theory = {name: 100 * weight / sum(weights.values()) for name, weight in weights.items()}
    for name, weight in weights.items():
        seen.rows.append(
            Reading(f"share-{name}", f"{name}, percent of the bytes", f"weight {weight if treated else 100}",
                    round(theory[name], 1), round(got[name], 1), SPREAD,
                    decisive=True if abs(theory[name] - equal) > CLEAR else None)
        )  # fmt: skip
    seen.chart = Chart("share of the bytes", "%", tuple(Series(n, lines[n], theory[n]) for n in weights), top=100.0)
    return seen


def _by_hand(rate: int) -> dict[str, str]:
    block = min(BIG, max(SMALL, rate // PER_SECOND // SMALL * SMALL))
    writes = IO_MAX.form(where("blkio").version).files({"": {"wbps": rate, "rbps": rate}})
    return {
        **directories("blkio"),
        "limits": "\n".join(f'echo "$numbers{text}" >"$group/{file}"' for file, text in writes),
        "c_limits": "\n    ".join(f'limit(group, "{file}", numbers, "{text.strip()}");' for file, text in writes),
        "block": str(block),
        "rate": str(rate),
        "asked": shown_size(rate),
    }


PARTS = (
    Part("bytes", "bytes per second are limited, for writes and for reads", _bytes),
    Part("operations", "operations per second are limited, however large each one is", _operations),
    Part("weights", "weights divide a disk that several groups want", _shares, kconfig=("BFQ_GROUP_IOSCHED",)),
)
