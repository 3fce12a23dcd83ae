"""Time namespaces: a boot-time clock and a monotonic clock of one's own (time_namespaces(7))."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from nslab.errors import checked_whole
from nslab.evidence import ISOLATED, UNTOUCHED, Evidence, Expect, Row, inside_is
from nslab.lab.place import Place
from nslab.linux import clocks, ns, timens
from nslab.linux.flags import CloneFlag
from nslab.linux.libc import answer
from nslab.namespaces.experiment import Part, run

CLAIM = "A process in a time namespace sees boot-time and monotonic clocks that differ from the host's by its offsets."
LONGEST = 1_000_000_000
ROUNDING = 1e-3
"""Seconds: the readings are kept to the millisecond."""


def demo(boottime: int = 86400, monotonic: int = 3600, only: str | Sequence[str] | None = None) -> Evidence:
    """Shift the boot-time and the monotonic clock of a child, and compare the clocks on both sides.

    `boottime`, `monotonic`: offsets in whole seconds, 1 to 1000000000. `only`: the names of PARTS to run.
    Raises TypeError, ValueError, `nslab.Unsupported` on a kernel before 5.6. Source: time_namespaces(7).
    """
    options = {"boottime": boottime, "monotonic": monotonic}
    for name, value in options.items():
        options[name] = checked_whole(name, value, 1, LONGEST, "s")
    return run("time", CLAIM, PARTS, only, options, standin={"time": True})


def panel() -> Any:
    """Return the same experiment as a panel: choose a part, guess, run it, and compare. Source: namespaces(7)."""
    from nslab.namespaces.panel import panel

    return panel("time")


def _clock_row(name: str, read: Callable[[], float], outside: Place, box: Place, offset: int) -> Row:
    """The host's clock is read before and after the inside's, so that the difference is known to lie in between."""
    before, inside, after = (place.call(read) for place in (outside, box, outside))
    exact = f"inside - host = {offset} s, to within the time that the three readings took"
    within = Expect(exact, lambda b, i, a: b - ROUNDING <= i - offset <= a + ROUNDING)
    return Row(name, round(before, 3), round(inside, 3), round(after, 3), within, varies=True)


def _offsets(outside: Place, isolated: bool, options: Mapping[str, Any]) -> Iterator[Row]:
    shifts = {"boottime": options["boottime"], "monotonic": options["monotonic"]}
    with outside.sandbox(time=isolated, **(shifts if isolated else {})) as box:
        for name, offset in shifts.items():
            yield _clock_row(f"CLOCK_{name.upper()} in s", partial(clocks.read, name), outside, box, offset)
        yield _clock_row("/proc/uptime in s", clocks.uptime, outside, box, shifts["boottime"])
        wall = _clock_row("CLOCK_REALTIME in s", partial(clocks.read, "realtime"), outside, box, 0)
        yield Row(wall.name, wall.host_before, wall.inside, wall.host_after, wall.expect, decisive=False, varies=True)


def _difference(outside: Place, isolated: bool, options: Mapping[str, Any]) -> Iterator[Row]:
    offset = options["boottime"]
    with outside.sandbox(time=isolated, **({"boottime": offset} if isolated else {})) as box:
        before, inside, after = (place.call(clocks.read, "boottime") for place in (outside, box, outside))
    yield Row("uptime minus the host's, in s", 0, round(inside - before), round(after - before), inside_is(offset))


def _too_late(outside: Place, isolated: bool, options: Mapping[str, Any]) -> Iterator[Row]:
    # In the control the namespace is new and empty, which is when offsets may still be written.
    inside = outside.clone(_write_late if isolated else _write_in_time, stream=False).result()
    yield Row(
        "writing offsets once a process is inside (in the control: before)", "–", inside, "–", inside_is("EACCES")
    )


def _write_late() -> str:
    timens.enter_new(0, 10)
    return answer(timens.write_offsets, 0, 20)


def _write_in_time() -> str:
    ns.unshare(CloneFlag.CLONE_NEWTIME)
    return answer(timens.write_offsets, 0, 20)


def _children(outside: Place, isolated: bool, options: Mapping[str, Any]) -> Iterator[Row]:
    before, own, children = outside.clone(_unshare_and_look, args=(isolated,), stream=False).result()
    yield Row("unshare(): the caller's own namespace", before, own, before, UNTOUCHED, decisive=False, varies=True)
    yield Row("unshare(): its children's (time_for_children)", before, children, before, ISOLATED, varies=True)


def _unshare_and_look(isolated: bool) -> tuple[int, int, int]:
    before = ns.inode("time")
    if isolated:
        ns.unshare(CloneFlag.CLONE_NEWTIME)
    return before, ns.inode("time"), ns.inode("time_for_children")


PARTS = (
    Part("offsets", "two clocks are shifted, the time of day is not", _offsets, options=("boottime", "monotonic")),
    Part("difference", "the difference is the offset to the second", _difference, options=("boottime",)),
    Part("late", "offsets are fixed once the first process is in", _too_late, standin=True),
    Part("children", "unshare() affects children only", _children, standin=True),
)
