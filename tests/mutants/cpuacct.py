"""Broken variants of the demo of cpuacct."""

from tests.mutants import Mutant, edit

FILE = "nslab/cgroups/cpuacct/experiment.py"
_OUTSIDE = edit(FILE, "(w.group if treated else outside, load.spend", "(outside, load.spend")
_INSIDE = edit(FILE, "(w.group if treated else outside, load.spend", "(w.group, load.spend")
_NO_LOAD = edit(FILE, "((w.cpu,), w.user, w.system)", "((w.cpu,), 0.0, 0.0)")
_OTHERS_GROUP = "zip(groups, [*groups.values()][::-1])"

MUTANTS = (
    Mutant("account", "the load is outside", _OUTSIDE),
    Mutant("account", "the load is inside in the control, too", _INSIDE),
    Mutant("account", "the load does nothing", _NO_LOAD),
    Mutant(
        "account", "the account is what the load says", edit(FILE, "round(counted, 3), expect", "round(own, 3), expect")
    ),
    Mutant(
        "account",
        "the load says what the account does",
        edit(
            FILE,
            "_where(treated), round(own, 3),\n                            round(counted",
            "_where(treated), round(counted, 3),\n                            round(counted",
        ),
    ),
    Mutant(
        "account",
        "another group's account",
        edit(
            FILE,
            """        for name, group in groups.items():
            times""",
            f"""        for name, group in {_OTHERS_GROUP}:
            times""",
        ),
    ),
    Mutant(
        "account",
        "the account is read before the load runs",
        edit(
            FILE,
            """        spent = _spend(treated, work, {name: _total(group) for name, group in groups.items()})
        for name, group in groups.items():
            times, (user, system) = group.cpu_times, spent.own[name]
""",
            """        early = {name: group.cpu_times for name, group in groups.items()}
        spent = _spend(treated, work, {name: _total(group) for name, group in groups.items()})
        for name, group in groups.items():
            times, (user, system) = early[name], spent.own[name]
""",
        ),
    ),
    Mutant("bill", "the load is outside", _OUTSIDE),
    Mutant("bill", "the load does nothing", _NO_LOAD),
    Mutant(
        "bill", "the bill is what is owed", edit(FILE, "round(bills[name], 3), Within", "round(owed[name], 3), Within")
    ),
    Mutant(
        "bill", "the bill is written at the beginning", edit(FILE, "spent.read[name][-1][1]", "spent.read[name][0][1]")
    ),
    Mutant(
        "bill",
        "another group's bill",
        edit(
            FILE,
            "{name: _total(group, price) for name, group in groups.items()}",
            f"{{name: _total(group, price) for name, group in {_OTHERS_GROUP}}}",
        ),
    ),
    Mutant("v1", "the loads are outside", _OUTSIDE),
    Mutant("v1", "nothing runs on the other CPUs", edit(FILE, "        if others:\n", "        if False:\n")),
    Mutant(
        "v1", "both loads on one CPU", edit(FILE, "_Work(group, others[-1], ELSEWHERE", "_Work(group, cpu, ELSEWHERE")
    ),
    Mutant("v1", "the other CPUs' account is nothing", edit(FILE, "round(sum(each) - each[cpu], 3)", "0.0")),
    Mutant(
        "v1",
        "the other CPUs' account is what the load says",
        edit(FILE, "round(sum(each) - each[cpu], 3)", 'round(own.get("other", 0.0), 3)'),
    ),
    Mutant(
        "v1",
        "user and system time are what the loads say",
        edit(FILE, "round(sum(modes), 3)", "round(sum(own.values()), 3)"),
    ),
)
