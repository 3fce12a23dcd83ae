"""The subsystem freezer: all that runs in a group is stopped, and goes on later where it was.

Source: Documentation/admin-guide/cgroup-v1/freezer-subsystem.rst, cgroup-v2.rst ("cgroup.freeze").
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from nslab.cgroups.bench import load, measure
from nslab.cgroups.bench.byhand import directories
from nslab.cgroups.bench.notes import note
from nslab.cgroups.core.group import Cgroup
from nslab.cgroups.core.knobs import FREEZER
from nslab.cgroups.core.location import where
from nslab.cgroups.core.settings import Switch
from nslab.cgroups.core.versions import VERSIONS
from nslab.errors import Unsupported, checked_number
from nslab.experiment.evidence import Evidence, Reading
from nslab.experiment.expect import AsExpected, AtLeast
from nslab.experiment.parts import Part, Seen
from nslab.experiment.run import run
from nslab.experiment.samples import Chart, Series
from nslab.kernels.elsewhere import elsewhere
from nslab.lab.client.child import Child
from nslab.signals import signal_name

CLAIM = "A frozen group does nothing at all, and goes on where it was once it is thawed."
TICK, EVERY = 0.01, 0.025
"""Seconds between two ticks of a process, and between two looks at it."""
AROUND = 0.4
"""Seconds that are watched before the freeze and after the thaw."""
HELD = 0.3
"""Seconds for which a process stays frozen after its SIGKILL."""
PATIENCE = 20.0
AT_ONCE, AFTER_THAW = "at once", "after the thaw"
"""When a process ends that was killed while it was frozen."""


@elsewhere
def demo(seconds: float = 0.5, only: str | Sequence[str] | None = None) -> Evidence:
    """Freeze a process that ticks a hundred times a second, count its ticks, and thaw it; kill one that is frozen.

    `seconds`: how long it is frozen, 0.2 to 30; `only`: the names of PARTS to run. Raises TypeError and ValueError for
    other values, `nslab.Unsupported`. Source: freezer-subsystem.rst, cgroup-v2.rst.
    """
    held = checked_number("seconds", seconds, 0.2, 30, "s")
    return run("nslab.cgroups.freezer", CLAIM, PARTS, only, {"seconds": held}, by_hand=_by_hand())


def state(group: Cgroup) -> str:
    """What the kernel's file says of the group: "FROZEN" or "THAWED" in v1, "frozen 1" or "frozen 0" in v2."""
    return FREEZER[group.version("freezer")].shown(lambda file: group.read("freezer", file))


def _asked(treated: bool, switch: Switch) -> str:
    return f"{switch.written} {switch.on}" if treated else "nothing"


def _freeze(treated: bool, *, seconds: float) -> Seen:
    thawed = AROUND + seconds
    ticks: list[int] = []
    states: list[str] = []
    seen = Seen()
    with Cgroup("freezer") as group, measure.running([(group, load.tick, (TICK,))]) as (ticking,), _thawed(group):
        switch = FREEZER[group.version("freezer")]

        def count() -> int:
            return len(ticking.read_output())

        def freeze() -> None:
            if treated:
                group.freeze()
            note(seen, group)
            states.append(state(group))
            ticks.append(count())

        def thaw() -> None:
            ticks.append(count())
            group.thaw()

        ticks.append(count())
        measured = measure.sample({"ticks": count}, thawed + AROUND, EVERY, [(AROUND, freeze), (thawed, thaw)])["ticks"]
        ticks.append(count())
        note(seen, group)
    before, during, after = (later - earlier for earlier, later in itertools.pairwise(ticks))
    when = {"before the freeze": before, "while frozen": during, "after the thaw": after}
    asked = _asked(treated, switch)
    seen.rows = [
        Reading("state", "state while frozen", asked, switch.says, states[0], AsExpected()),
        Reading("ticks-frozen", "ticks while frozen", asked, 0, during, AsExpected()),
        # Half is asked for, as the machine may be busy; also of the ticks after it, which have as long as those before.
        Reading("still", "longest time without a tick, seconds", asked, seconds / 2, _still(measured), AtLeast()),
        Reading("ticks-after", "ticks after the thaw", asked, before // 2, after, AtLeast(), decisive=False),
        Reading("ticked", "it ticked", asked, "before the freeze, after the thaw",
                ", ".join(name for name, number in when.items() if number), AsExpected()),
    ]  # fmt: skip
    seen.chart = Chart("ticks of the process", "ticks", (Series("ticks", measured, _pace(treated, measured, thawed)),),
                       ((AROUND, "freeze"), (thawed, "thaw")) if treated else ())  # fmt: skip
    return seen


def _still(measured: measure.Points) -> float:
    """The seconds of the longest time in which no reading differs from the one before."""
    longest, since = 0.0, measured[0]
    for now in measured:
        if now[1] != since[1]:
            since = now
        longest = max(longest, now[0] - since[0])
    return round(longest, 2)


@contextmanager
def _thawed(*groups: Cgroup) -> Iterator[None]:
    """Thaw the groups at the end of the block, whatever happens: what stays frozen would be waited for in vain."""
    try:
        yield
    finally:
        for group in groups:
            if group.frozen:
                group.thaw()


def _pace(treated: bool, measured: measure.Points, thawed: float) -> tuple[tuple[float, float], ...]:
    """The ticks to expect, at the pace that the process had before the freeze."""
    first, end = measured[0][1], measured[-1][0]
    last = [p for p in measured if p[0] <= AROUND][-1]
    pace = (last[1] - first) / (last[0] - measured[0][0])
    if not treated:
        return ((0.0, first), (end, first + pace * end))
    flat = first + pace * AROUND
    return ((0.0, first), (AROUND, flat), (thawed, flat), (end, flat + pace * (end - thawed)))


def _kill(treated: bool) -> Seen:
    """The same in each version of cgroups that is mounted here, side by side."""
    seen, killed = Seen(), 2 * EVERY
    thawed = killed + HELD
    states: dict[int, str] = {}
    alive: dict[int, bool] = {}
    with ExitStack() as stack:
        frozen = {version: stack.enter_context(Cgroup("freezer", version=version)) for version in _versions()}
        loads = [(group, load.tick, (TICK,)) for group in frozen.values()]
        children = dict(zip(frozen, stack.enter_context(measure.running(loads)), strict=True))
        stack.enter_context(_thawed(*frozen.values()))

        def kill() -> None:
            for version, group in frozen.items():
                if treated:
                    group.freeze()
                note(seen, group)
                states[version] = state(group)
                children[version].kill()

        def thaw() -> None:
            for version, group in frozen.items():
                alive[version] = children[version].alive
                group.thaw()
                note(seen, group)

        sources = {f"v{version}": _alive(child) for version, child in children.items()}
        measured = measure.sample(sources, thawed + HELD, EVERY, [(killed, kill), (thawed, thaw)])
        ended = {version: signal_name(-child.wait(PATIENCE)) for version, child in children.items()}
    series = []
    for version in frozen:
        # In v2 a frozen process may end; in v1 nothing but the thaw wakes it.
        switch, waits = FREEZER[version], not VERSIONS[version].kills_frozen
        asked, ends = _asked(treated, switch), thawed if treated and waits else killed
        points = measured[f"v{version}"]
        how = f"{ended[version]}, {_when(points, killed, thawed)}"
        seen.rows += [
            Reading(f"state-v{version}", f"v{version}: state when SIGKILL came", asked, switch.says,
                    states[version], AsExpected()),
            Reading(f"there-v{version}", f"v{version}: still there {HELD:g} s later", asked, waits, alive[version],
                    AsExpected(), decisive=waits),
            Reading(f"ended-v{version}", f"v{version}: ended by", asked,
                    f"SIGKILL, {AFTER_THAW if waits else AT_ONCE}", how, AsExpected(), decisive=waits),
        ]  # fmt: skip
        theory = ((0.0, 1.0), (ends, 1.0), (ends, 0.0), (thawed + HELD, 0.0))
        series.append(Series(f"v{version}", points, theory))
    marks = ((killed, "SIGKILL"), (thawed, "thaw")) if treated else ((killed, "SIGKILL"),)
    seen.chart = Chart("the process is there", "1 = yes", tuple(series), marks, top=1.2, step=True)
    return seen


def _when(points: measure.Points, killed: float, thawed: float) -> str:
    """When a process ended, given readings that are 1 while it is there."""
    last = max((when for when, there in points if there), default=0.0)
    if last < killed - EVERY:
        return "before the kill"
    return AT_ONCE if last < (killed + thawed) / 2 else AFTER_THAW


def _alive(child: Child) -> Any:
    return lambda: float(child.alive)


def _versions() -> list[int]:
    """The versions of cgroups in which this machine can freeze without a new mount. Raises `nslab.Unsupported` for
    none.
    """
    found, refused = [], None
    for version in VERSIONS:
        try:
            found.append(where("freezer", version).version)
        except Unsupported as e:
            refused = e
    if refused and not found:
        raise refused
    return found


def _by_hand() -> dict[str, str]:
    switch = FREEZER[where("freezer").version]
    return {
        **directories("freezer"),
        "file": switch.written,
        "freeze": switch.on,
        "thaw": switch.off,
        "state_file": switch.file,
        "frozen": switch.says,
    }


PARTS = (
    Part("freeze", "a frozen process does nothing, and goes on where it was", _freeze),
    Part("kill", "v1 lets a frozen process die only when it is thawed, v2 at once", _kill),
)
