"""Time namespaces: a boot-time clock and a monotonic clock of one's own (time_namespaces(7))."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

from nslab.errors import Unsupported, checked_whole
from nslab.experiment.evidence import Evidence, Row
from nslab.experiment.expect import NOT_ASKED, Ahead, Exactly, Is, Same
from nslab.experiment.parts import Part
from nslab.kernels.elsewhere import elsewhere
from nslab.lab.client.place import Place
from nslab.lab.client.sandbox import Sandbox
from nslab.lab.power import privilege
from nslab.linux import clocks, ns, timens
from nslab.linux.flags import CloneFlag
from nslab.linux.forked import telling
from nslab.linux.libc import answer
from nslab.namespaces.run import own_namespace, run

CLAIM = "A process in a time namespace sees boot-time and monotonic clocks that differ from the host's by its offsets."
LONGEST = 1_000_000_000
DIGITS = 3
"""Clocks are shown to the millisecond."""
EARLY, LATE = 10, 20
"""Seconds, offsets of the boot-time clock: one that is written in time, and one that may be written too late."""


@elsewhere
def demo(boottime: int = 86400, monotonic: int = 3600, only: str | Sequence[str] | None = None) -> Evidence:
    """Shift the boot-time and the monotonic clock of a child, and compare the clocks on both sides.

    `boottime`, `monotonic`: offsets in whole seconds, 1 to 1000000000. `only`: the names of PARTS to run.
    Raises TypeError, ValueError, `nslab.Unsupported` on a kernel before 5.6. Source: time_namespaces(7).
    """
    options = {"boottime": boottime, "monotonic": monotonic}
    for name, value in options.items():
        options[name] = checked_whole(name, value, 1, LONGEST, "s")
    return run("time", CLAIM, PARTS, only, options, standin={"time": True})


def _shifted(outside: Place, treated: bool, **offsets: int) -> Sandbox:
    """A sandbox in a time namespace with these offsets; without the treatment in that of its host, which has other
    offsets.
    """
    return outside.sandbox(time=treated, **(offsets if treated else {}))


def _offsets(outside: Place, treated: bool, *, boottime: int, monotonic: int) -> Iterator[Row]:
    offsets = {"boottime": boottime, "monotonic": monotonic, "uptime": boottime, "realtime": 0}
    for name, clock in (("boottime", "boottime"), ("monotonic", "monotonic"), ("uptime", "boottime")):
        # They do not add up: the kernel has each against the machine's own clock.
        offsets[name] -= outside.call(_offset, clock)
    with _shifted(outside, treated, boottime=boottime, monotonic=monotonic) as box:
        # The host's clocks are read before and after those inside: the difference lies between the two.
        before, inside, after = (place.call(_clocks) for place in (outside, box, outside))
    yield own_namespace("time", *(int(seen["inode"]) for seen in (before, inside, after)))
    for name, label in (
        ("boottime", "CLOCK_BOOTTIME in s"),
        ("monotonic", "CLOCK_MONOTONIC in s"),
        ("uptime", "/proc/uptime in s"),
        ("realtime", "CLOCK_REALTIME in s"),
    ):
        offset = offsets[name]
        first, second, third = (round(seen[name], DIGITS) for seen in (before, inside, after))
        yield Row(name, label, first, second, third, Ahead(offset, DIGITS), decisive=bool(offset), varies=True)


def _clocks() -> dict[str, float]:
    """All clocks as this process sees them, in seconds, and the inode of its time namespace."""
    seen = {name: clocks.read(name) for name in clocks.NAMES}
    return {**seen, "uptime": clocks.uptime(), "inode": ns.inode("time")}


def _difference(outside: Place, treated: bool, *, boottime: int) -> Iterator[Row]:
    ns_before, apart = outside.ns["time"], boottime - outside.call(_offset, "boottime")
    with _shifted(outside, treated, boottime=boottime) as box:
        before, inside, after = (_apart(outside, place) for place in (outside, box, outside))
        yield own_namespace("time", ns_before, box.ns["time"], outside.ns["time"])
    exact = Exactly(0, apart, 0, f"inside: {apart}; the host: 0")
    yield Row("uptime-difference", "uptime minus the host's, in s", before, inside, after, exact)


def _apart(host: Place, place: Place) -> int:
    """The boot-time clock of a place minus the host's, which is read first, to the second."""
    theirs = host.call(clocks.read, "boottime")
    return round(place.call(clocks.read, "boottime") - theirs)


def _too_late(outside: Place, treated: bool) -> Iterator[Row]:
    if os.geteuid() == 0 and (without := privilege.lacking("CAP_SYS_TIME")):
        raise Unsupported("an offset of a clock", f"/proc/PID/timens_offsets asks for CAP_SYS_TIME, and {without}",
                          privilege.mend("CAP_SYS_TIME", demo="time"))  # fmt: skip
    ns_before = outside.ns["time"]
    early, inode, late, offset = outside.clone(_write_twice, args=(treated,), stream=False).result()
    yield own_namespace("time", ns_before, inode, outside.ns["time"])
    yield Row("early", "writing offsets while no process is inside", NOT_ASKED, early, NOT_ASKED, Is("ok"),
              decisive=False)  # fmt: skip
    yield Row("late", "writing offsets once a process is inside (in the control: before)", NOT_ASKED, late, NOT_ASKED,
              Is("EACCES"))  # fmt: skip
    yield Row("late-offset", "the offset that is then in force, in s", NOT_ASKED, offset, NOT_ASKED, Is(EARLY))


def _write_twice(enter: bool) -> tuple[str, int | str, str, int]:
    """Write the offsets of a new time namespace before and after a first process (a forked child) is in it. Returns the
    first answer, the inode that the child saw, the second answer, and the offset read back, in seconds.
    """
    ns.unshare(CloneFlag.CLONE_NEWTIME)
    early = answer(timens.write_offsets, 0, EARLY)
    entered = _seen_by_a_child() if enter else NOT_ASKED
    late = answer(timens.write_offsets, 0, LATE)
    return early, entered, late, _offset("boottime")


def _offset(clock: str) -> int:
    """The offset of a clock in the namespace that this process's children are in, in whole seconds."""
    return int(timens.offset(clock))


def _seen_by_a_child() -> int:
    """The inode of the time namespace that a child of this process is in, as the child itself sees it."""
    child, inode = telling(lambda tell: tell(ns.inode("time")))
    os.waitpid(child, 0)
    return int(inode)


def _children(outside: Place, treated: bool) -> Iterator[Row]:
    before = outside.call(_both_inodes)
    own, for_children, child = outside.clone(_unshare_and_look, args=(treated,), stream=False).result()
    after = outside.call(_both_inodes)
    yield own_namespace("time", before[0], child, after[0])
    yield Row("own", "unshare(): the caller's own namespace", before[0], own, after[0], Same(),
              decisive=False, varies=True)  # fmt: skip
    yield Row("children", "unshare(): its children's (time_for_children)", before[1], for_children, after[1],
              varies=True)  # fmt: skip


def _both_inodes() -> tuple[int, int]:
    """The time namespace of this process, and that of its children."""
    return ns.inode("time"), ns.inode("time_for_children")


def _unshare_and_look(treated: bool) -> tuple[int, int, int]:
    """Both of _both_inodes() after unshare(2), and the one that a child then sees itself in."""
    if treated:
        ns.unshare(CloneFlag.CLONE_NEWTIME)
    return *_both_inodes(), _seen_by_a_child()


PARTS = (
    Part("offsets", "two clocks are shifted, the time of day is not", _offsets),
    Part("difference", "the difference is the offset to the second", _difference),
    Part("late", "offsets are fixed once the first process is in", _too_late, standin=True),
    Part("children", "unshare() affects children only", _children, standin=True),
)
