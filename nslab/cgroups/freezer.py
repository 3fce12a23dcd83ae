"""The subsystem freezer: all that runs in a group is stopped, and goes on later where it was.

Source: Documentation/admin-guide/cgroup-v1/freezer-subsystem.rst, cgroup-v2.rst ("cgroup.freeze").
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from nslab.cgroups import load, measure
from nslab.cgroups.byhand import directories
from nslab.cgroups.experiment import Part, Seen, run
from nslab.cgroups.group import Cgroup
from nslab.cgroups.where import where
from nslab.errors import Unsupported, checked_number
from nslab.evidence import AS_EXPECTED, AT_LEAST, Evidence, Reading
from nslab.lab.handle import Child
from nslab.samples import Chart, Series
from nslab.signals import signal_name

CLAIM = "A frozen group does nothing at all, and goes on where it was once it is thawed."
TICK, EVERY = 0.01, 0.025
"""Seconds between two ticks of a process, and between two looks at it."""
AROUND = 0.4
"""Seconds that are watched before the freeze and after the thaw."""
HELD = 0.3
"""Seconds for which a process stays frozen after its SIGKILL."""
PATIENCE = 20.0


def demo(seconds: float = 0.5, only: str | Sequence[str] | None = None) -> Evidence:
    """Freeze a process that ticks a hundred times a second, count its ticks, and thaw it; kill one that is frozen.

    `seconds`: how long it is frozen, 0.2 to 30; `only`: the names of PARTS to run. Raises TypeError and ValueError for
    other values, `nslab.Unsupported`. Source: freezer-subsystem.rst, cgroup-v2.rst.
    """
    held = checked_number("seconds", seconds, 0.2, 30, "s")
    return run("freezer", CLAIM, PARTS, only, {"seconds": held}, _by_hand())


def panel() -> Any:
    """Return a panel: a process that counts twenty times a second, a chart of its count, and buttons to freeze its
    group, to thaw it, and to kill it while it is frozen. Raises `nslab.Unsupported`. Source: freezer-subsystem.rst.
    """
    from nslab.cgroups.panels.freezer import FreezerPanel

    return FreezerPanel()


def state(group: Cgroup) -> str:
    """What the kernel's file says of the group: "FROZEN" or "THAWED" in v1, "frozen 1" or "frozen 0" in v2."""
    if group.version("freezer") == 1:
        return group.read("freezer", "freezer.state")
    return next(line for line in group.read("freezer", "cgroup.events").splitlines() if line.startswith("frozen"))


def state_file(group: Cgroup) -> str:
    """The name of the file that state() is read from."""
    return "freezer.state" if group.version("freezer") == 1 else "cgroup.events"


def _frozen(version: int) -> str:
    return "FROZEN" if version == 1 else "frozen 1"


def _asked(limited: bool, version: int) -> str:
    return ("freezer.state FROZEN" if version == 1 else "cgroup.freeze 1") if limited else "nothing"


def _freeze(limited: bool, options: Mapping[str, Any]) -> Seen:
    thawed = AROUND + options["seconds"]
    ticks: list[int] = []
    states: list[str] = []
    seen = Seen()
    with Cgroup("freezer") as group, measure.running([(group, load.tick, (TICK,))]) as (ticking,), _thawed(group):
        version = group.version("freezer")

        def count() -> int:
            return len(ticking.read_output())

        def freeze() -> None:
            if limited:
                group.freeze()
            seen.note(group)
            states.append(state(group))
            ticks.append(count())

        def thaw() -> None:
            ticks.append(count())
            if limited:
                group.thaw()

        measured = measure.sample({"ticks": count}, thawed + AROUND, EVERY, [(AROUND, freeze), (thawed, thaw)])["ticks"]
        ticks.append(count())
    before, after, end = ticks
    asked = _asked(limited, version)
    seen.rows = [
        Reading("state while frozen", asked, _frozen(version), states[0], AS_EXPECTED),
        Reading("ticks while frozen", asked, 0, after - before, AS_EXPECTED),
        Reading("ticks after the thaw", asked, 1, end - after, AT_LEAST, decisive=False),
    ]
    seen.chart = Chart("ticks of the process", "ticks", (Series("ticks", measured, _pace(limited, measured, thawed)),),
                       ((AROUND, "freeze"), (thawed, "thaw")) if limited else ())  # fmt: skip
    seen.note(group)
    return seen


@contextmanager
def _thawed(*groups: Cgroup) -> Iterator[None]:
    """See to it that whoever waits for the end of what is in the groups does not wait in vain, whatever happens."""
    try:
        yield
    finally:
        for group in groups:
            if group.frozen:
                group.thaw()


def _pace(limited: bool, measured: measure.Points, thawed: float) -> tuple[tuple[float, float], ...]:
    """The ticks there should be, at the pace that the process had before the freeze."""
    first, end = measured[0][1], measured[-1][0]
    last = [p for p in measured if p[0] <= AROUND][-1]
    pace = (last[1] - first) / (last[0] - measured[0][0])
    if not limited:
        return ((0.0, first), (end, first + pace * end))
    flat = first + pace * AROUND
    return ((0.0, first), (AROUND, flat), (thawed, flat), (end, flat + pace * (end - thawed)))


def _kill(limited: bool, options: Mapping[str, Any]) -> Seen:
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
                if limited:
                    group.freeze()
                seen.note(group)
                states[version] = state(group)
                children[version].kill()

        def thaw() -> None:
            for version, group in frozen.items():
                alive[version] = children[version].alive
                if limited:
                    group.thaw()

        sources = {f"v{version}": _alive(child) for version, child in children.items()}
        measured = measure.sample(sources, thawed + HELD, EVERY, [(killed, kill), (thawed, thaw)])
        ended = {version: signal_name(-child.wait(PATIENCE)) for version, child in children.items()}
    series = []
    for version, group in frozen.items():
        asked, ends = _asked(limited, version), thawed if limited and version == 1 else killed
        seen.rows += [
            Reading(f"v{version}: state when SIGKILL came", asked, _frozen(version), states[version], AS_EXPECTED),
            # v2 lets a frozen process go to its end; v1 wakes it for nothing but the thaw.
            Reading(f"v{version}: still there {HELD:g} s later", asked, version == 1, alive[version], AS_EXPECTED,
                    decisive=version == 1),
            Reading(f"v{version}: ended by", asked, "SIGKILL", ended[version], AS_EXPECTED, decisive=False),
        ]  # fmt: skip
        theory = ((0.0, 1.0), (ends, 1.0), (ends, 0.0), (thawed + HELD, 0.0))
        series.append(Series(f"v{version}", measured[f"v{version}"], theory))
        seen.note(group)
    marks = ((killed, "SIGKILL"), (thawed, "thaw")) if limited else ((killed, "SIGKILL"),)
    seen.chart = Chart("the process is there", "1 = yes", tuple(series), marks, top=1.2, step=True)
    return seen


def _alive(child: Child) -> Any:
    return lambda: float(child.alive)


def _versions() -> list[int]:
    """The versions of cgroups in which this machine can freeze, as it is. Raises `nslab.Unsupported` for none."""
    found = []
    for version in (1, 2):
        try:
            found.append(where("freezer", version).version)
        except Unsupported:
            if version == 2 and not found:
                raise
    return found


def _by_hand() -> dict[str, str]:
    v2 = where("freezer").version == 2
    return {
        **directories("freezer"),
        "file": "cgroup.freeze" if v2 else "freezer.state",
        "freeze": "1" if v2 else "FROZEN",
        "thaw": "0" if v2 else "THAWED",
        "state_file": "cgroup.events" if v2 else "freezer.state",
        "frozen": "frozen 1" if v2 else "FROZEN",
    }


PARTS = (
    Part("freeze", "a frozen process does nothing, and goes on where it was", _freeze),
    Part("kill", "v1 lets a frozen process die only when it is thawed, v2 at once", _kill),
)
