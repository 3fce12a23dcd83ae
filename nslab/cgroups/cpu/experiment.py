"""The subsystem cpu: shares of a CPU when it is wanted by many, and ceilings that hold always.

Source: Documentation/scheduler/sched-design-CFS.rst and sched-bwc.rst, cgroup-v2.rst ("CPU"), cgroup-v1.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from nslab.cgroups.bench import load, measure
from nslab.cgroups.bench.byhand import counted, directories
from nslab.cgroups.bench.notes import note
from nslab.cgroups.bench.turns import alone, heard
from nslab.cgroups.core.group import Cgroup, checked_groups
from nslab.cgroups.core.knobs import QUOTA, WEIGHT, WEIGHT_MAX
from nslab.cgroups.core.location import where
from nslab.cgroups.core.quantities import CPU_TIME
from nslab.cgroups.core.settings import PERIOD_US, shares_of
from nslab.errors import Unsupported, checked_number
from nslab.experiment.evidence import Evidence, Reading
from nslab.experiment.expect import AsExpected, AtLeast, Within
from nslab.experiment.parts import Part, Seen
from nslab.experiment.run import TRIES, run
from nslab.experiment.samples import Chart, Series
from nslab.kernels.elsewhere import elsewhere
from nslab.lab.power import limits
from nslab.lab.power.cpus import usable_cpus

CLAIM = "Weights divide a CPU that several groups want; a quota is a ceiling, also when nobody else wants it."
GROUPS = {"cgrp1": 60, "cgrp2": 20}
QUOTAS = {"cgrp1": 60.0, "cgrp2": 20.0}
NESTED = {"teachers": (150, {}), "students": (50, {"anna": 100, "ben": 300})}
"""Name → (weight, the groups inside with their weights)."""
SECONDS = 2.0
SHARE, CEILING = Within(0.5, "points"), Within(1.0, "points")
EVERY = 0.1
PERIOD = PERIOD_US / 1e6
IDLE = "idle"
SETTLED = 0.2
"""Seconds until the scheduler has made up for loads that began one after the other."""
ENOUGH = 0.9
"""Seconds of CPU time that the loads have to get, for each second of measuring, until their shares are exact."""
ROUNDING = 0.05
"""Points by which the kernel's rounding of weights may change a share."""
BLURRED = 15.0
"""Points that other processes may take from a share where each load has its own CPU. More might come from a weight."""
CLEAR = 1.5
"""Points by which a share has to differ from an equal one for the control to decide anything."""
ROUGH = 5
"""Points by which a share may be off that was measured for too short a time to be exact."""
ROOM = 2
"""Periods that may be cut off at both ends of a measurement."""
DEFAULT = 100
"""The weight that the kernel gives to a group."""


@elsewhere
def demo(weights: Mapping[str, int] | None = None, quotas: Mapping[str, float] | None = None, seconds: float = SECONDS,
         only: str | Sequence[str] | None = None) -> Evidence:  # fmt: skip
    """Let groups compete for one CPU, with weights and with quotas, and measure what each one gets.

    `weights`: group → weight, 1 to 10000, for 2 to 20 groups; `quotas`: group → percent of one CPU, for 1 to 20
    groups, together at most 100; `seconds` for each measurement, 1 to 60 (more where shares are not exact by then);
    `only`: the names of PARTS to run. Raises TypeError and ValueError for other values, `nslab.Unsupported`.
    Source: sched-design-CFS.rst, sched-bwc.rst.
    """
    chosen = _checked_weights(GROUPS if weights is None else weights)
    ceilings = _checked_quotas(QUOTAS if quotas is None else quotas)
    options = {"weights": chosen, "quotas": ceilings, "seconds": checked_number("seconds", seconds, 1, 60, "s")}
    return run("nslab.cgroups.cpu", CLAIM, PARTS, only, options, by_hand=_by_hand(chosen))


def _checked_weights(weights: object) -> dict[str, int]:
    return checked_groups(
        "weights", weights, "weights", lambda name, weight: WEIGHT.check(f"weight of {name}", weight), 2, 20, GROUPS
    )


def _checked_quotas(quotas: object) -> dict[str, float]:
    checked = checked_groups(
        "quotas", quotas, "percent of one CPU",
        lambda name, quota: QUOTA.check(f"quota of {name}", quota), 1, 20, QUOTAS,
    )  # fmt: skip
    if None in checked.values() or sum(checked.values()) > 100:
        raise ValueError(f"quotas={quotas!r}: the percents of one CPU have to be numbers, together at most 100")
    return checked


@contextmanager
def _groups(settings: Mapping[str, Mapping[str, Any]], *cpus: int) -> Iterator[tuple[dict[str, Cgroup], int]]:
    """Groups side by side in one that is theirs, so that they compete with each other alone; and a CPU that is theirs.

    With `cpus` it is the first of these, and they have all of them.
    """
    # The group first: it may have to wait for a hierarchy, and nothing may do that while it holds a CPU.
    with Cgroup("cpu", "cpuacct") as above, alone(*cpus) as theirs, heard(above):
        yield {name: above.child(name, **knobs) for name, knobs in settings.items()}, theirs[0]


def _note(seen: Seen, *groups: Cgroup) -> None:
    """Take over what was written to these groups, and to the session's that they are in."""
    above = groups[0].parent
    note(seen, *([above] if above else []), *groups)


@contextmanager
def _competing(groups: Mapping[str, Cgroup], cpus: tuple[int, ...], each: int = 1) -> Iterator[dict[str, Any]]:
    """Run `each` loads in every group; yield name → how to read its CPU time in seconds."""
    loads = [(group, load.burn, (cpus,)) for group in groups.values() for _ in range(each)]
    with ExitStack() as stack:
        counters = {name: measure.cpu_counter(group) for name, group in groups.items()}
        for counter in counters.values():
            stack.callback(counter.close)
        stack.enter_context(measure.running(loads))
        yield {name: counter.read for name, counter in counters.items()}


def _settled(sources: Mapping[str, Any], seconds: float) -> dict[str, measure.Points]:
    """Sample loads that compete, once they have settled, for as long as their shares take to be exact."""
    seconds = measure.exact(seconds)
    return measure.sample(sources, seconds, EVERY, warm_up=SETTLED, enough=ENOUGH * seconds)


def _percents(weights: Mapping[str, float]) -> dict[str, float]:
    return {name: 100 * weight / sum(weights.values()) for name, weight in weights.items()}


def _divided(kind: str, measured: Mapping[str, measure.Points], theory: Mapping[str, float],
             asked: Mapping[str, str]) -> Seen:  # fmt: skip
    """Readings and chart of what each group got of what all of them used, in percent; `kind` begins their keys."""
    got, lines = measure.share_of(measured), measure.shares(measured)
    return Seen(
        rows=[
            Reading(f"{kind}-{name}", f"{name}, percent of the CPU", asked[name], round(theory[name], 1),
                    round(got[name], 2), SHARE, decisive=_decides(theory[name], len(measured)))
            for name in measured
        ],
        chart=Chart("share of the CPU", "%", tuple(Series(n, lines[n], theory[n]) for n in measured), top=100.0),
    )  # fmt: skip


def _decides(percent: float, count: int, tolerance: float = CLEAR) -> bool | None:
    """Whether a share is so far from an equal one that its control has to come out otherwise; None if not."""
    return True if abs(percent - 100 / count) > tolerance else None


def _read_back(kind: str, groups: Mapping[str, Cgroup], weights: Mapping[str, int], asked: Mapping[str, str],
               against_default: bool) -> list[Reading]:  # fmt: skip
    """The weights as the kernel tells them, where shares do not show them; `against_default`: the control has the
    default.
    """
    factor = _factor(weights)
    return [
        Reading(f"weight-{kind}-{name}", f"{name}, weight in the kernel", asked[name], weights[name] * factor,
                group.weight, AsExpected(), varies=False,
                decisive=(True if weights[name] * factor != DEFAULT else None) if against_default else False)
        for name, group in groups.items()
    ]  # fmt: skip


def _absolute(measured: Mapping[str, measure.Points], theory: Mapping[str, Any], quantity: str,
              marks: tuple[tuple[float, str], ...] = ()) -> Chart:  # fmt: skip
    """The chart of what each group used of one CPU, in percent."""
    lines = {name: _times_100(measure.rates(points)) for name, points in measured.items()}
    return Chart(quantity, "% of one CPU", tuple(Series(n, lines[n], theory[n]) for n in measured), marks, top=105.0)


def _times_100(points: measure.Points) -> measure.Points:
    return tuple((when, 100 * value) for when, value in points)


def _weights(treated: bool, weights: Mapping[str, int]) -> dict[str, dict[str, int]]:
    factor = _factor(weights) if weights else 1
    return {name: {"weight": weight * factor} if treated else {} for name, weight in weights.items()}


def _factor(weights: Mapping[str, int]) -> int:
    """What to multiply weights with so that the kernel's rounding does not show.

    In both versions a weight becomes a whole number of 1024ths of the default: 3 to 1 would be 31 to 10.
    """
    theory, largest = _percents(weights), WEIGHT_MAX // max(weights.values())

    def error(factor: int) -> float:
        rounded = _percents({name: shares_of(weight * factor) for name, weight in weights.items()})
        return max(abs(rounded[name] - theory[name]) for name in weights)

    return next((factor for factor in range(1, largest + 1) if error(factor) <= ROUNDING), largest)


def _asked(values: Mapping[str, Any], word: str, treated: bool) -> dict[str, str]:
    return {name: f"{word} {value:g}{' %' if word == 'quota' else ''}" if treated else "nothing"
            for name, value in values.items()}  # fmt: skip


def _shares(treated: bool, *, weights: Mapping[str, int], seconds: float) -> Seen:
    asked = _asked(weights, "weight", treated)
    with _groups(_weights(treated, weights)) as (groups, cpu):
        with _competing(groups, (cpu,)) as sources:
            measured = _settled(sources, seconds)
        seen = _divided("share", measured, _percents(weights), asked)
        # Shares that are nearly equal are so without weights, too.
        unclear = {n: groups[n] for n, share in _percents(weights).items() if not _decides(share, len(weights))}
        seen.rows += _read_back("share", unclear, weights, asked, against_default=True)
        _note(seen, *groups.values())
        if _factor(weights) > 1:
            seen.notes.append(
                f"the weights were written times {_factor(weights)}: the kernel rounds to 1024ths of the default, and "
                "small ones would show it"
            )
    return seen


def _nested(treated: bool, *, seconds: float) -> Seen:
    with _groups(_weights(treated, {name: weight for name, (weight, _) in NESTED.items()})) as (outer, cpu):
        leaves: dict[str, Cgroup] = {}
        for name, (_, inner) in NESTED.items():
            within_it = {n: outer[name].child(n, **knobs) for n, knobs in _weights(treated, inner).items()}
            leaves |= within_it or {name: outer[name]}
        theory, asked = _nested_theory()
        with _competing(leaves, (cpu,)) as sources:
            measured = _settled(sources, seconds)
        seen = _divided("nested", measured, theory, asked if treated else dict.fromkeys(asked, "nothing"))
        _note(seen, *outer.values(), *(group for name, group in leaves.items() if name not in outer))
    return seen


def _nested_theory() -> tuple[dict[str, float], dict[str, str]]:
    theory: dict[str, float] = {}
    asked: dict[str, str] = {}
    outer = _percents({name: weight for name, (weight, _) in NESTED.items()})
    for name, (weight, inner) in NESTED.items():
        if not inner:
            theory[name], asked[name] = outer[name], f"weight {weight}"
        for leaf, percent in _percents(inner).items():
            theory[leaf], asked[leaf] = outer[name] * percent / 100, f"weight {inner[leaf]} of {name}' {weight}"
    return theory, asked


def _idle(treated: bool, *, weights: Mapping[str, int], seconds: float) -> Seen:
    half = seconds / 2
    first, *others = weights
    with _groups(_weights(True, weights)) as (groups, cpu):
        with _competing(groups, (cpu,)) as sources:
            stop = [(half, groups[first].kill)] if treated else []
            measured, left = measure.sample_with_idle(sources, [cpu], 2 * half, EVERY, stop)
    # The step during which it ends counts neither as before nor as after.
    together = measure.summed([measured[name] for name in others])
    had = measure.portion(together, measured[first], left, until=half)
    got = measure.portion(together, measured[first], left, since=half + 2 * EVERY)
    before, after = _percents(weights), _percents({name: weights[name] for name in others})
    theory = {n: ((0.0, before[n]), (half, before[n]), (half, after.get(n, 0.0)), (2 * half, after.get(n, 0.0)))
              for n in weights}  # fmt: skip
    marks = ((half, f"{first} ends"),) if treated else ()
    asked = f"{first} ends" if treated else f"{first} goes on"
    # A share as small as the tolerance would not be missed.
    decisive = True if before[first] > 2 * ROUGH else None
    seen = Seen(
        rows=[
            Reading("idle-others", f"the others, percent of the CPU once {first} has ended", asked, 100.0,
                    round(got, 1), Within(ROUGH, "points"), decisive=decisive),
            Reading("idle-gain", f"the others, points more than before {first} ended", asked, round(before[first], 1),
                    round(got - had, 1), Within(ROUGH, "points"), decisive=decisive),
        ],
        chart=_absolute(measured, theory if treated else before, "CPU time", marks),
    )  # fmt: skip
    _note(seen, *groups.values())
    return seen


def _spread(treated: bool, *, weights: Mapping[str, int], seconds: float) -> Seen:
    """The same weights with a CPU for each load, and without: with one CPU for all of them."""
    usable = usable_cpus()
    if len(usable) < len(weights):
        raise Unsupported(
            f"a comparison with all {len(weights)} loads on CPUs of their own",
            f"{len(weights)} CPUs are needed, and this process may use {len(usable)}",
            "give the VM more CPUs (vagrant), or ask for fewer groups",
        )
    cpus = usable if treated else (measure.quiet_cpu(),)
    count, late = len(weights), seconds / 4
    with _groups(_weights(True, weights), *usable) as (groups, _):
        for _ in range(TRIES):
            with _competing(groups, cpus) as sources:
                measured, left = measure.sample_with_idle(sources, cpus, seconds, EVERY)
            # Not from the start: in the first moments both may be on one CPU.
            all_got = measure.gained(measure.summed(list(measured.values())), late)
            # Another process takes a CPU away from one load, and then weights begin to count.
            lost = max(0.0, min(count - all_got, len(cpus) - all_got - measure.gained(left, late)))
            blur = 100 * (1 / count - max(0.0, 1 - lost) / max(0.1, count - lost))
            if blur <= BLURRED:
                break
        else:
            raise Unsupported(
                "a comparison with loads on CPUs of their own",
                f"other processes took {100 * lost:.0f} % of one CPU from them",
                "end those (top shows which), and run this again",
            )
        asked = {name: f"{weight}, on {'all CPUs' if treated else 'one CPU'}"
                 for name, weight in _asked(weights, "weight", True).items()}  # fmt: skip
        kept = _read_back("spread", groups, weights, asked, against_default=False)
    got = {
        name: measure.portion(points, *(p for n, p in measured.items() if n != name), since=late)
        for name, points in measured.items()
    }
    theory, tolerance = _percents(weights), ROUGH + round(blur)
    seen = Seen(
        rows=[
            *(Reading(f"spread-{name}", f"{name}, percent of what all got", asked[name], round(100 / count, 1),
                      round(got[name], 1), Within(tolerance, "points"),
                      decisive=_decides(theory[name], count, tolerance + CLEAR))
              for name in weights),
            *kept,
        ],
        notes=[f"spread: other processes took {100 * lost:.0f} % of one CPU from the groups meanwhile; on an idle "
               "machine their shares are equal"] if lost >= 0.05 else [],
        chart=_absolute(measured, dict.fromkeys(weights, 100.0) if treated else theory, "CPU time"),
    )  # fmt: skip
    _note(seen, *groups.values())
    return seen


def _check_ceiling(wanted: float) -> None:
    """Raise `nslab.Unsupported` where a cgroup above allows less CPU time than is to be shown."""
    least, by = limits.ceiling(limits.upwards(where("cpu").base))
    if wanted > least:
        raise Unsupported(
            f"{wanted:g} % of one CPU", f"a cgroup above allows {least:.4g} % ({by})",
            "ask for less: --set quotas=…, or raise the limit above (a container's --cpus, a unit's CPUQuota=)",
        )  # fmt: skip


def _quotas(treated: bool, *, quotas: Mapping[str, float], seconds: float) -> Seen:
    _check_ceiling(sum(quotas.values()))
    with _groups({n: {"quota": q} if treated else {} for n, q in quotas.items()}) as (groups, cpu):
        with _competing(groups, (cpu,)) as sources:
            before = {name: group.throttled for name, group in groups.items()}
            measured, idle = measure.sample_with_idle(sources, [cpu], seconds, EVERY, warm_up=2 * PERIOD)
            after = {name: group.throttled for name, group in groups.items()}
        taken = measure.taken(idle, *measured.values())
        seen = Seen(chart=_absolute(measured, quotas, "CPU time"))
        _note(seen, *groups.values())
    for name, asked in _asked(quotas, "quota", treated).items():
        got = 100 * measure.gained(measured[name])
        times = after[name].times - before[name].times
        # Without a quota the kernel counts no periods.
        periods = max(round(seconds / PERIOD), after[name].periods - before[name].periods)
        if treated:
            measure.check_room(quotas[name] - CEILING.tolerance - got, taken, f"{name} got {got:.0f} %")
            # Who is not stopped in a period has not had its quota when that ends: others had what nobody may use, too.
            lacking = (100 - sum(quotas.values())) * (periods - ROOM - times) / periods
            measure.check_room(lacking, taken, f"{name} was stopped {times} times in {periods} periods")
        seen.rows += [
            Reading(f"quota-{name}", f"{name}, percent of one CPU", asked, quotas[name], round(got, 2), CEILING,
                    decisive=_decides(quotas[name], len(quotas), 2 * CEILING.tolerance)),
            Reading(f"stopped-{name}", f"{name}, periods in which it was stopped",
                    f"{periods} periods of {PERIOD_US // 1000} ms", periods - ROOM, times, AtLeast()),
        ]  # fmt: skip
    return seen


def _both(treated: bool, *, seconds: float) -> Seen:
    half, share, ceiling = seconds / 2, 25, 25.0
    kinds: dict[str, dict[str, Any]] = {"share": {"weight": share}, "ceiling": {"quota": ceiling}}
    seen, measured = Seen(), {}
    for name, knobs in kinds.items():
        found, *groups = _joined_later(knobs if treated else {}, 100 - share if treated else DEFAULT, half)
        measured[f"a {name}"] = found["first"]
        _note(seen, *groups)
        seen.rows += _alone_and_in_company(name, found, half, treated)
    theory = {"a share": ((0.0, 100.0), (half, 100.0), (half, 25.0), (2 * half, 25.0)), "a ceiling": ceiling}
    marks = ((half, "company comes"),)
    seen.chart = _absolute(measured, theory if treated else dict.fromkeys(measured), "CPU time", marks)
    return seen


def _alone_and_in_company(name: str, found: Mapping[str, measure.Points], half: float, treated: bool) -> list[Reading]:
    own, company, idle = found["first"], found["company"], found[IDLE]
    later = half + 2 * EVERY
    if name == "share":
        asked, expected = "weight 25 to 75", 100.0
        got = measure.portion(own, company, idle, until=half), measure.portion(own, company, since=later)
    else:
        asked, expected = "quota 25 %", 25.0
        first_half = tuple(point for point in own if point[0] <= half)
        got = 100 * measure.gained(first_half), 100 * measure.gained(own, later)
        if treated:
            taken = measure.taken(tuple(point for point in idle if point[0] <= half), first_half)
            measure.check_room(expected - ROUGH - got[0], taken, f"a group with a quota of 25 % got {got[0]:.0f} %")
    asked = asked if treated else "nothing"
    return [
        Reading(f"both-{name}-alone", f"a {name}: percent of the CPU, alone", asked, expected, round(got[0], 1),
                Within(ROUGH, "points"), decisive=name != "share"),
        Reading(f"both-{name}-company", f"a {name}: percent of the CPU, in company", asked, 25.0, round(got[1], 1),
                Within(2, "points")),
    ]  # fmt: skip


def _joined_later(knobs: Mapping[str, Any], other_weight: int,
                  half: float) -> tuple[dict[str, measure.Points], Cgroup, Cgroup]:  # fmt: skip
    """A group that has the CPU for itself, and after `half` seconds a second one beside it: the readings, and both."""
    settings = {"first": knobs, "company": {"weight": other_weight}}
    with _groups(settings) as (groups, cpu), ExitStack() as stack:
        counter = measure.cpu_counter(groups["company"])
        stack.callback(counter.close)
        come = [(half, lambda: stack.enter_context(measure.running([(groups["company"], load.burn, ((cpu,),))])))]
        with _competing({"first": groups["first"]}, (cpu,)) as sources:
            sources["company"] = counter.read
            found, idle = measure.sample_with_idle(sources, [cpu], 2 * half, EVERY, come, warm_up=2 * PERIOD)
            return {**found, IDLE: idle}, groups["first"], groups["company"]


def _by_hand(weights: Mapping[str, int]) -> dict[str, str]:
    weight_form = WEIGHT.form(where("cpu").version)
    written = {name: weight_form.files(weight * _factor(weights))[0][1] for name, weight in weights.items()}
    return {
        **directories("cpu", "cpuacct"),
        "number": str(measure.quiet_cpu()),
        "seconds": str(math.ceil(measure.exact(SECONDS))),
        "names": " ".join(weights),
        "count": str(len(weights)),
        "asked": " ".join(map(str, weights.values())),
        "starts": "\n".join(f"start {name} {text}" for name, text in written.items()),
        "weight_file": weight_form.file,
        **counted(where("cpuacct").version, usage=CPU_TIME),
        "c_written": ", ".join(f'"{text}"' for text in written.values()),
        "c_names": ", ".join(f'"{name}"' for name in weights),
        "c_weights": ", ".join(map(str, weights.values())),
    }


PARTS = (
    Part("shares", "weights divide one CPU that all want", _shares),
    Part("nested", "a group's share is divided again among those inside it", _nested),
    Part("idle", "what an idle group does not use, the others get", _idle),
    Part("spread", "where each load finds a CPU of its own, weights decide nothing", _spread, kconfig=("SMP",)),
    Part("quota", "a quota is a ceiling, and the rest of the CPU stays idle", _quotas),
    Part("both", "a share gives way only when others want the CPU; a ceiling holds always", _both),
)
