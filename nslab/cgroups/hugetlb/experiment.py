"""The subsystem hugetlb: how many huge pages a group may have.

Source: Documentation/admin-guide/cgroup-v1/hugetlb.rst, cgroup-v2.rst ("HugeTLB"), mm/hugetlbpage.rst.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from nslab.cgroups.bench import ioload, measure
from nslab.cgroups.bench.byhand import by_subsystem, counted
from nslab.cgroups.bench.notes import note
from nslab.cgroups.core.group import Cgroup
from nslab.cgroups.core.knobs import HUGE_MAX, HUGE_RESERVED_MAX
from nslab.cgroups.core.location import home, where
from nslab.cgroups.core.quantities import HUGE_MET, HUGE_RESERVED, HUGE_USAGE, Quantity
from nslab.cgroups.core.units import MIB, shown_size
from nslab.cgroups.core.versions import checked_version
from nslab.errors import Unsupported, checked_whole
from nslab.experiment.evidence import Evidence, Reading
from nslab.experiment.expect import AsExpected, AtLeast
from nslab.experiment.parts import Part, Seen
from nslab.experiment.run import run
from nslab.experiment.samples import Chart, Series
from nslab.kernels.elsewhere import elsewhere
from nslab.lab.power import places, privilege
from nslab.lab.upkeep import journal, locks
from nslab.linux import files, hugepage
from nslab.signals import signal_name

CLAIM = "A group gets no more huge pages than its limit, however many the machine has."
LOW, HIGH, TIMES = 1, 32, 2
"""Huge pages that may be asked for as the limit; and how many times as many are wanted."""
PAUSE, EVERY = 0.06, 0.02
"""Seconds between two pages, and between two readings."""
AFTER = 0.5
"""Seconds for which is measured beyond the last page."""
ROOM = 2
"""How many times as much memory has to be free: the kernel needs it in contiguous pieces."""
PATIENCE = 20.0
LOCK = "/sys/kernel/mm/hugepages"
"""What is locked while this machine has huge pages for an experiment: a directory of the kernel's."""


@elsewhere
def demo(pages: int = 6, version: int | None = None, only: str | Sequence[str] | None = None) -> Evidence:
    """Let a process want twice as many huge pages as its group may have, and see what it gets.

    `pages`: the limit, 1 to 32 huge pages of this machine's default size (2 MiB on most); `version` 1 or 2 of cgroups,
    by default the one that this machine has the subsystem in; `only`: the names of PARTS to run. While it runs the
    machine may make huge pages of free memory (vm.nr_overcommit_hugepages). Raises TypeError and ValueError for other
    values, `nslab.Unsupported`. Source: hugetlb.rst, cgroup-v2.rst ("HugeTLB").
    """
    limit = checked_whole("pages", pages, LOW, HIGH, "huge pages")
    version = checked_version(version)
    if not os.path.exists(hugepage.OVERCOMMIT):
        where("hugetlb", version)  # says so where the kernel has no huge pages at all
    if not os.access(hugepage.OVERCOMMIT, os.W_OK):
        raise Unsupported("huge pages", places.why_no_setting(hugepage.OVERCOMMIT), privilege.mend(demo="hugetlb"))
    options = {"pages": limit, "version": version}
    return run("nslab.cgroups.hugetlb", CLAIM, PARTS, only, options, by_hand=_by_hand(limit, version))


@contextmanager
def _huge_pages(count: int) -> Iterator[int]:
    """Let this machine make `count` huge pages of free memory, and yield their size in bytes. One experiment at a time.

    Nothing may be waited for inside the block: the group, for which a hierarchy may have to be, comes before it. Raises
    `nslab.Unsupported` where there is no memory for them, or the setting is not to be changed.
    """
    memory = hugepage.meminfo()
    size = memory["Hugepagesize"]
    if memory["MemAvailable"] < ROOM * count * size:
        raise Unsupported(
            f"{count} huge pages of {shown_size(size)}", f"{shown_size(memory['MemAvailable'])} of memory are free",
            "end what uses much memory, ask for fewer pages, or give the VM more memory",
        )  # fmt: skip
    with locks.turn([LOCK], "have huge pages made"):
        before = files.read(hugepage.OVERCOMMIT)
        try:
            # After a kill -9 the end of the session undoes this.
            journal.change(home().session, hugepage.OVERCOMMIT, str(int(before) + count), before)
        except OSError as e:
            raise Unsupported(
                "huge pages",
                f"{hugepage.OVERCOMMIT} is not to be changed ({e.strerror})",
                privilege.mend(demo="hugetlb"),
            ) from e
        try:
            yield size
        finally:
            journal.undo(home().session, hugepage.OVERCOMMIT)


@contextmanager
def _group(version: int | None) -> Iterator[Cgroup]:
    try:
        group = Cgroup("hugetlb", version=version)
    except OSError as e:
        if e.errno != errno.EBUSY:
            raise
        raise Unsupported(
            "the subsystem hugetlb in version 1", "it is attached to v2's hierarchy, whose groups use it",
            "end what uses it there (for nslab's own: end this Python, or restart the notebook's kernel)",
        ) from e  # fmt: skip
    with group:
        yield group


def _wanting(group: Cgroup, load: Callable[..., None], wanted: int, size: int,
             watched: Mapping[str, Quantity]) -> tuple[dict[str, measure.Points], str, str]:  # fmt: skip
    """Run a load that wants huge pages; return the counters in MiB, what the load printed, and how it ended."""
    counters = {name: measure.Counter(group, quantity, per=MIB) for name, quantity in watched.items()}
    try:
        with measure.running([(group, load, (wanted, size, PAUSE))]) as (child,):
            sources = {name: counter.read for name, counter in counters.items()}
            measured = measure.sample(sources, wanted * PAUSE + AFTER, EVERY)
            status = child.wait(PATIENCE)
    finally:
        for counter in counters.values():
            counter.close()
    printed = child.stdout.removeprefix(ioload.READY)
    return measured, printed, signal_name(-status) if status < 0 else f"exit {status}"


def _checked(got: int, wanted: int, limited: bool) -> int:
    """Return how many pages there were. Where no limit stopped the load it must have got all, or nothing can be said of
    a limit.
    """
    if not limited and got < wanted:
        raise Unsupported(
            f"{wanted} huge pages", f"this machine could make {got}: its free memory is in pieces too small",
            "end what uses much memory, or restart the machine",
        )  # fmt: skip
    return got


def _limit(treated: bool, *, pages: int, version: int | None) -> Seen:
    wanted = TIMES * pages
    with _group(version) as group, _huge_pages(wanted) as size:
        of_size = {"size": hugepage.size_in_names(size)}
        if treated:
            HUGE_MAX.given(**of_size).set(group, pages * size)
        usage = {"in use": HUGE_USAGE.given(**of_size)}
        measured, dots, ended = _wanting(group, ioload.touch_huge, wanted, size, usage)
        met = HUGE_MET.given(**of_size).of(group)
    asked, most = f"limit {pages} pages" if treated else "nothing", max(value for _, value in measured["in use"])
    seen = Seen(
        rows=[
            Reading("pages", f"pages of {shown_size(size)} that it got", asked, pages,
                    _checked(dots.count("."), wanted, treated or met > 0), AsExpected()),
            Reading("ended", "the process ended by", asked, "SIGBUS", ended, AsExpected()),
            Reading("met", "times the limit was met", asked, 1, met, AtLeast()),
            Reading("most", "most in use, MiB", asked, pages * size / MIB, most, AsExpected()),
        ],
        chart=Chart("huge pages in use", "MiB", (Series("in use", measured["in use"], pages * size / MIB),), step=True),
    )  # fmt: skip
    note(seen, group)
    return seen


def _reservation(treated: bool, *, pages: int, version: int | None) -> Seen:
    wanted = TIMES * pages
    with _group(version) as group, _huge_pages(wanted) as size:
        of_size = {"size": hugepage.size_in_names(size)}
        limit = HUGE_RESERVED_MAX.given(**of_size)
        if not limit.is_there(group):
            file = limit.form_of(group).file
            raise Unsupported("a limit for reservations", f"this kernel has no {file}", "use Linux 5.7 or later")
        if treated:
            limit.set(group, pages * size)
        watched = {"reserved": HUGE_RESERVED.given(**of_size), "in use": HUGE_USAGE.given(**of_size)}
        measured, printed, ended = _wanting(group, ioload.reserve_huge, wanted, size, watched)
    got, refused = printed.count("."), printed.strip(".") or None
    # From then on nothing more is reserved; soon afterwards one page is touched.
    full = max(measured["reserved"], key=lambda point: point[1])[0]
    asked, reserved = f"limit {pages} pages" if treated else "nothing", pages * size / MIB
    seen = Seen(
        rows=[
            Reading("reserved", "pages that it could reserve", asked, pages, _checked(got, wanted, treated),
                    AsExpected()),
            Reading("most-reserved", "most reserved meanwhile, MiB", asked, reserved,
                    max(v for _, v in measured["reserved"]), AsExpected()),
            Reading("refused", "mmap of one more fails with", asked, "ENOMEM", refused, AsExpected()),
            Reading("reserving", "most in use meanwhile, MiB", asked, 0.0,
                    max(v for t, v in measured["in use"] if t <= full), AsExpected(), decisive=False),
            Reading("touched", "in use once it has touched one of them, MiB", asked, size / MIB,
                    max(v for _, v in measured["in use"]), AsExpected(), decisive=False),
            Reading("reserved-ended", "the process that reserved ended by", asked, "exit 0", ended, AsExpected(),
                    decisive=False),
        ],
        chart=Chart("huge pages", "MiB", (Series("reserved", measured["reserved"], reserved),
                                          Series("in use", measured["in use"], 0.0)), step=True),
    )  # fmt: skip
    note(seen, group)
    return seen


def _by_hand(pages: int, version: int | None) -> dict[str, str]:
    rules, base = by_subsystem("hugetlb", version)
    size = hugepage.meminfo()["Hugepagesize"]
    of_size = {"size": hugepage.size_in_names(size)}
    return {
        **counted(rules.number, usage=HUGE_USAGE.given(**of_size), met=HUGE_MET.given(**of_size)),
        "mounts": "yes" if rules.mountable else "",
        "c_mounts": str(int(rules.mountable)),
        "base": base,
        "pages": str(pages),
        "wanted": str(TIMES * pages),
        "size": str(size),
        "shown": shown_size(size),
        "limit_file": HUGE_MAX.given(**of_size).form(rules.number).file,
    }


PARTS = (
    Part("limit", "a process that touches a huge page beyond the limit gets a SIGBUS", _limit),
    Part("reservation", "where reservations are limited, mmap says so before a page is touched", _reservation),
)
