"""The subsystem pids: how many processes and threads a group may have.

Source: Documentation/admin-guide/cgroup-v1/pids.rst, cgroup-v2.rst ("PID").
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from nslab.cgroups import load, measure
from nslab.cgroups.byhand import directories
from nslab.cgroups.experiment import Part, Seen, run
from nslab.cgroups.group import Cgroup
from nslab.cgroups.where import home
from nslab.errors import checked_whole
from nslab.evidence import AS_EXPECTED, AT_LEAST, Evidence, Reading
from nslab.lab import groups
from nslab.samples import Chart, Series

CLAIM = "A fork bomb is held at the limit of its group, and the machine stays usable."
LOW, HIGH, TIMES = 3, 60, 3
"""Processes that may be asked for as the limit; and how many times as many there are without one."""
SECONDS, EVERY = 1.0, 0.025
PAUSE = 0.05
"""Seconds between two forks of one process: their number doubles in each."""
LONGEST = 10.0
"""Seconds after which the bomb ends by itself, whatever happens here."""


def demo(limit: int = 20, only: str | Sequence[str] | None = None) -> Evidence:
    """Let a process fork, and each child as well, in a group that may have `limit` processes.

    `limit`: 3 to 60 processes; without it there are never more than three times as many, for a second. `only`: the
    names of PARTS to run. Raises TypeError and ValueError for other values, `nslab.Unsupported`. Source: pids.rst.
    """
    most = checked_limit(limit)
    return run("pids", CLAIM, PARTS, only, {"limit": most}, _by_hand(most))


def panel(limit: int = 20) -> Any:
    """Return a panel: a fork bomb that is bounded, a slider for its ceiling, and a live chart of its processes.

    `limit`: 3 to 60 processes to begin with. Raises TypeError and ValueError for other values, `nslab.Unsupported`.
    Source: pids.rst.
    """
    from nslab.cgroups.panels import pids

    return pids.panel(limit)


def checked_limit(limit: object) -> int:
    """Return a number of processes, 3 to 60. Raises TypeError and ValueError naming it."""
    return checked_whole("limit", limit, LOW, HIGH, "processes")


def _bomb(limited: bool, options: Mapping[str, Any]) -> Seen:
    limit, most = options["limit"], TIMES * options["limit"]
    outside: list[str] = []
    with Cgroup("pids") as group:
        if limited:
            group.pids_max = limit
        # Not pids.current: it counts also a fork that is being refused at this very moment.
        count, meanwhile = {"processes": lambda: len(group.procs)}, (SECONDS / 2, lambda: outside.append(_fork()))
        with measure.running([(group, load.fork_bomb, (most, PAUSE, LONGEST))]) as (bomb,):
            measured = measure.sample(count, SECONDS, EVERY, [meanwhile])["processes"]
            # On a slow machine they are not yet as many as they can be.
            groups.wait_until(lambda: group.pids_refused > 0 if limited else len(group.procs) == most)
            if limited:
                # The kernel has counted it before the process can say which errno it got.
                groups.wait_until(lambda: bool(bomb.read_output().removeprefix(load.READY)))
            highest = max(len(group.procs), *(int(n) for _, n in measured))
            refused, errnos = group.pids_refused, set(bomb.read_output().removeprefix(load.READY).split())
    asked = f"pids_max {limit}" if limited else "nothing"
    seen = Seen(
        rows=[
            Reading("most processes at once", asked, limit, highest, AS_EXPECTED),
            Reading("a fork beyond it fails with", asked, "EAGAIN", ", ".join(sorted(errnos)) or None, AS_EXPECTED),
            Reading("forks that the limit refused", asked, 1, refused, AT_LEAST),
            Reading("a fork outside the group, meanwhile", asked, "works", outside[0], AS_EXPECTED, decisive=False),
        ],
        chart=Chart("processes in the group", "processes",
                    (Series("processes", measured, limit if limited else most),), step=True),
    )  # fmt: skip
    seen.note(group)
    return seen


def _fork() -> str:
    """Make a process beside the group, and say what came of it."""
    try:
        home().clone(os.getpid, stream=False).result(LONGEST)
    except OSError as e:
        return str(e)
    return "works"


def _by_hand(limit: int) -> dict[str, str]:
    return {**directories("pids"), "limit": str(limit), "most": str(TIMES * limit)}


PARTS = (Part("limit", "a fork bomb is held at the limit, and the machine stays usable", _bomb),)
