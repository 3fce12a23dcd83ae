"""The subsystem pids: how many processes and threads a group may have.

Source: Documentation/admin-guide/cgroup-v1/pids.rst, cgroup-v2.rst ("PID").
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import ExitStack, suppress

from nslab.cgroups.bench import load, measure
from nslab.cgroups.bench.byhand import counted, directories
from nslab.cgroups.bench.notes import note
from nslab.cgroups.core.group import Cgroup
from nslab.cgroups.core.knobs import PIDS_MAX
from nslab.cgroups.core.location import home, where
from nslab.cgroups.core.quantities import PIDS_REFUSED
from nslab.errors import Disturbed, checked_whole
from nslab.experiment.evidence import Evidence, Reading
from nslab.experiment.expect import AsExpected, AtLeast
from nslab.experiment.parts import Part, Seen
from nslab.experiment.run import run
from nslab.experiment.samples import Chart, Series
from nslab.kernels.elsewhere import elsewhere
from nslab.lab.client.child import Child
from nslab.lab.upkeep import cgroup_cleanup
from nslab.linux import process

CLAIM = "A fork bomb is held at the limit of its group, and the machine stays usable."
LOW, HIGH, TIMES = 3, 60, 3
"""Processes that may be asked for as the limit; and how many times as many there are without one."""
SECONDS, EVERY = 1.0, 0.025
PAUSE = 0.05
"""Seconds between two forks of one process: their number doubles in each."""
LONGEST = 10.0
"""Seconds after which the bomb ends by itself, whatever happens here."""
PATIENCE = 8.0
"""Seconds within which it has as many processes as it can have: less than it lives."""


@elsewhere
def demo(limit: int = 20, only: str | Sequence[str] | None = None) -> Evidence:
    """Let a process fork, and each child as well, in a group that may have `limit` processes.

    `limit`: 3 to 60 processes; without it there are never more than three times as many, for a second. `only`: the
    names of PARTS to run. Raises TypeError and ValueError for other values, `nslab.Unsupported`. Source: pids.rst.
    """
    most = checked_limit(limit)
    return run("nslab.cgroups.pids", CLAIM, PARTS, only, {"limit": most}, by_hand=_by_hand(most))


def checked_limit(limit: object) -> int:
    """Return a number of processes, 3 to 60. Raises TypeError and ValueError naming it."""
    return checked_whole("limit", limit, LOW, HIGH, "processes")


def _bomb(treated: bool, *, limit: int) -> Seen:
    most, found = TIMES * limit, ""
    with ExitStack() as stack:
        group = stack.enter_context(Cgroup("pids"))
        if treated:
            group.pids_max = limit
        (bomb,) = stack.enter_context(measure.running([(group, load.fork_bomb, (most, PAUSE, LONGEST))]))

        def fork_outside() -> None:
            nonlocal found
            # On a slow machine they are not yet as many as they can be.
            if not cgroup_cleanup.wait_until(lambda: group.pids_refused > 0 or len(group.procs) == most, PATIENCE):
                raise Disturbed(f"the bomb has {len(group.procs)} processes after {PATIENCE:.0f} s, of {most} that it "
                                "was to have, and none of its forks was refused")  # fmt: skip
            found = _with_one_more(stack, group, bomb)

        # Not pids.current: it counts also a fork that is being refused at this very moment.
        count, meanwhile = {"processes": lambda: len(group.procs)}, (SECONDS / 2, fork_outside)
        measured = measure.sample(count, SECONDS, EVERY, [meanwhile])["processes"]
        # The kernel has counted it before the process can say which errno it got.
        if not cgroup_cleanup.wait_until(lambda: group.pids_refused == 0 or bool(_errnos(bomb)), PATIENCE):
            raise Disturbed(f"the kernel has refused {group.pids_refused} forks, and {PATIENCE:.0f} s later none of "
                            "the processes has said what it got")  # fmt: skip
        highest = max(len(group.procs), *(int(n) for _, n in measured))
        refused, errnos = group.pids_refused, _errnos(bomb)
    asked = f"pids_max {limit}" if treated else "nothing"
    seen = Seen(
        rows=[
            Reading("most", "most processes at once", asked, limit, highest, AsExpected()),
            Reading("errno", "a fork beyond it fails with", asked, "EAGAIN", ", ".join(errnos) or None, AsExpected()),
            Reading("refused", "forks that the limit refused", asked, 1, refused, AtLeast()),
            Reading("outside", "in the group, and forked outside it meanwhile", asked, f"{limit} and 1", found,
                    AsExpected()),
        ],
        chart=Chart("processes in the group", "processes",
                    (Series("processes", measured, limit if treated else most),), step=True),
    )  # fmt: skip
    note(seen, group)
    return seen


def _errnos(bomb: Child) -> list[str]:
    """The errno of each kind that a fork of the bomb's ended with."""
    return sorted(set(bomb.read_output().removeprefix(load.READY).split()))


def _with_one_more(stack: ExitStack, group: Cgroup, bomb: Child) -> str:
    """Make a process beside the group, which stays; return how many processes there are inside and beside it."""
    pids = [bomb.pid, *process.descendants(bomb.pid)]
    # Where no process can be made any more, the count shows it.
    with suppress(OSError):
        pids.append(stack.enter_context(home().clone(time.sleep, args=(LONGEST,), stream=False)).pid)
    inside = [_is_in(group, pid) for pid in pids if process.runs(pid)]
    return f"{inside.count(True)} and {inside.count(False)}"


def _is_in(group: Cgroup, pid: int) -> bool:
    """Whether a process is in the group, as its own file in /proc says (cgroups(7))."""
    return group.path("pids").endswith(group.place("pids").path_of(pid))


def _by_hand(limit: int) -> dict[str, str]:
    version = where("pids").version
    return {
        **directories("pids"),
        **counted(version, refused=PIDS_REFUSED),
        "limit_file": PIDS_MAX.form(version).file,
        "limit": str(limit),
        "most": str(TIMES * limit),
    }


PARTS = (Part("limit", "a fork bomb is held at the limit, and the machine stays usable", _bomb),)
