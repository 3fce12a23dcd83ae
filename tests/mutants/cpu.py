"""Broken variants of the demo of cpu."""

from tests.mutants import Mutant, edit

FILE = "nslab/cgroups/cpu/experiment.py"
_ONE_LOAD = edit(FILE, "for group in groups.values() for _ in range(each)", "for group in [*groups.values()][:1]")
_OTHERS_SETTINGS = edit(
    FILE, "for name, knobs in settings.items()}", "for name, knobs in zip(settings, [*settings.values()][::-1])}"
)
_SHARE_IS_THEORY = edit(FILE, "round(got[name], 2), SHARE", "round(theory[name], 2), SHARE")

MUTANTS = (
    Mutant(
        "shares", "no weights", edit(FILE, "_groups(_weights(treated, weights))", "_groups(_weights(False, weights))")
    ),
    Mutant(
        "shares",
        "weights in the control, too",
        edit(FILE, "_groups(_weights(treated, weights))", "_groups(_weights(True, weights))"),
    ),
    Mutant("shares", "the shares are what theory says", _SHARE_IS_THEORY),
    Mutant("shares", "only one group has a load", _ONE_LOAD),
    Mutant("shares", "each group has another's weight", _OTHERS_SETTINGS),
    Mutant(
        "shares",
        "the weights come when all was measured",
        edit(
            FILE,
            """_groups(_weights(treated, weights)) as (groups, cpu):
        with _competing(groups, (cpu,)) as sources:
            measured = _settled(sources, seconds)
""",
            """_groups(_weights(False, weights)) as (groups, cpu):
        with _competing(groups, (cpu,)) as sources:
            measured = _settled(sources, seconds)
        for name, knobs in _weights(treated, weights).items():
            [setattr(groups[name], key, value) for key, value in knobs.items()]
""",
        ),
    ),
    Mutant(
        "nested",
        "no weights outside",
        edit(FILE, "_groups(_weights(treated, {name: weight for", "_groups(_weights(False, {name: weight for"),
    ),
    Mutant(
        "nested", "no weights inside", edit(FILE, "_weights(treated, inner).items()", "_weights(False, inner).items()")
    ),
    Mutant(
        "nested",
        "the inner groups are beside the outer ones",
        edit(FILE, "outer[name].child(n, **knobs)", "outer[name].parent.child(n, **knobs)"),
    ),
    Mutant("nested", "the shares are what theory says", _SHARE_IS_THEORY),
    Mutant(
        "nested",
        "a group without others inside has no load",
        edit(FILE, "leaves |= within_it or {name: outer[name]}", "leaves |= within_it"),
    ),
    Mutant("idle", "it does not end", edit(FILE, "[(half, groups[first].kill)] if treated else []", "[]")),
    Mutant("idle", "another one ends", edit(FILE, "(half, groups[first].kill)", "(half, groups[others[0]].kill)")),
    Mutant("idle", "it ends at the beginning", edit(FILE, "(half, groups[first].kill)", "(0.0, groups[first].kill)")),
    Mutant(
        "idle",
        "no weights",
        edit(
            FILE,
            "_groups(_weights(True, weights)) as (groups, cpu):",
            "_groups(_weights(False, weights)) as (groups, cpu):",
        ),
    ),
    Mutant(
        "idle",
        "the others' share is what theory says",
        edit(FILE, "round(got, 1), Within(ROUGH", "100.0, Within(ROUGH"),
    ),
    Mutant("idle", "the gain is what theory says", edit(FILE, "round(got - had, 1)", "round(before[first], 1)")),
    Mutant(
        "spread",
        "one CPU for all",
        edit(FILE, "usable if treated else (measure", "(measure.quiet_cpu(),) if treated else (measure"),
    ),
    Mutant(
        "spread", "all CPUs in the control, too", edit(FILE, "usable if treated else (measure.quiet_cpu(),)", "usable")
    ),
    Mutant(
        "spread",
        "no weights",
        edit(FILE, "_groups(_weights(True, weights), *usable)", "_groups(_weights(False, weights), *usable)"),
    ),
    Mutant(
        "spread",
        "the shares are what theory says",
        edit(FILE, "round(got[name], 1), Within(tolerance", "round(100 / count, 1), Within(tolerance"),
    ),
    Mutant("spread", "only one group has a load", _ONE_LOAD),
    Mutant(
        "spread",
        "the weight is read from the group above",
        edit(FILE, "group.weight, AsExpected()", "group.parent.weight, AsExpected()"),
    ),
    Mutant("quota", "no quotas", edit(FILE, '{"quota": q} if treated else {}', "{}")),
    Mutant(
        "quota",
        "the percents are those of the quotas",
        edit(FILE, "quotas[name], round(got, 2), CEILING", "quotas[name], quotas[name], CEILING"),
    ),
    Mutant(
        "quota",
        "the number of stops is what theory says",
        edit(FILE, "periods - ROOM, times, AtLeast()", "periods - ROOM, periods, AtLeast()"),
    ),
    Mutant(
        "quota",
        "the stops are read before they are",
        edit(
            FILE,
            """            measured, idle = measure.sample_with_idle(sources, [cpu], seconds, EVERY, warm_up=2 * PERIOD)
            after = {name: group.throttled for name, group in groups.items()}
""",
            """            after = {name: group.throttled for name, group in groups.items()}
            measured, idle = measure.sample_with_idle(sources, [cpu], seconds, EVERY, warm_up=2 * PERIOD)
""",
        ),
    ),
    Mutant("quota", "each group has another's quota", _OTHERS_SETTINGS),
    Mutant(
        "both", "neither share nor ceiling", edit(FILE, "_joined_later(knobs if treated else {},", "_joined_later({},")
    ),
    Mutant("both", "no company", edit(FILE, "2 * half, EVERY, come, warm_up", "2 * half, EVERY, (), warm_up")),
    Mutant(
        "both", "the company is there from the beginning", edit(FILE, "come = [(half, lambda", "come = [(0.0, lambda")
    ),
    Mutant(
        "both",
        "the company is in the same group",
        edit(FILE, 'running([(groups["company"], load.burn', 'running([(groups["first"], load.burn'),
    ),
    Mutant(
        "both",
        "what it got in company is what theory says",
        edit(FILE, "asked, 25.0, round(got[1], 1)", "asked, 25.0, 25.0"),
    ),
    Mutant(
        "spread",
        "the weights in the kernel are what was asked",
        edit(FILE, "group.weight, AsExpected()", "weights[name] * factor, AsExpected()"),
        survives="the control has the same weights: it lacks the CPUs. Without weights its shares would be equal, "
        "which is noticed",
    ),
    Mutant(
        "both",
        "alone a share gets what theory says",
        edit(FILE, "expected, round(got[0], 1),", "expected, 100.0 if name == 'share' else round(got[0], 1),"),
        survives="alone a group has the whole CPU with a weight and without one, which is what the row shows",
    ),
)
