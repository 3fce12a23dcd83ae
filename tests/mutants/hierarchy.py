"""Broken variants of the demo of two hierarchies."""

from tests.mutants import Mutant, edit

FILE = "nslab/cgroups/hierarchy/experiment.py"
LOAD = "nslab/cgroups/hierarchy/load.py"
SET = "            _set(made, limits_cpu, limits_memory)\n"
QUOTA, LIMIT = "made[name].quota = quota", "made[name].memory_max = mib * MIB"
MOVE = "            made[in_b].add(tasks[-1].pid)\n"
SIGN = """    for task in tasks:
        task.kill(load.SIGN)
"""

MUTANTS = (
    Mutant("picture", "the tasks are left where they were", edit(FILE, "made if treated else {}, *pair", "{}, *pair")),
    Mutant("picture", "not moved in B", edit(FILE, "            made[in_b].add(task.pid)\n", "            pass\n")),
    Mutant("picture", "not started in A", edit(FILE, "(made[in_a] if made else host()).clone", "host().clone")),
    Mutant("picture", "all in the first pair", edit(FILE, "else {}, *pair))", "else {}, *TASKS[0]))")),
    Mutant("picture", "moved also in the control", edit(FILE, "made if treated else {}, *pair", "made, *pair")),
    Mutant(
        "picture", "always the first task is looked at", edit(FILE, "(i, task.pid, pair,", "(i, tasks[0].pid, pair,")
    ),
    Mutant("picture", "the host is looked at", edit(FILE, "_path(pid, places.own)", "_path('self', places.own)")),
    Mutant("picture", "A is looked at twice", edit(FILE, "_path(pid, places.own)", "_path(pid, a.own)")),
    Mutant("picture", "where it is is a constant", edit(FILE, "path, _path(pid, places.own),", "path, path,")),
    Mutant("limits", "no limits", edit(FILE, SET, "            pass\n")),
    Mutant(
        "limits", "limits also in the control", edit(FILE, "        if treated:\n" + SET, "        if True:\n" + SET)
    ),
    Mutant("limits", "no quotas", edit(FILE, QUOTA, "pass")),
    Mutant("limits", "one quota alone", edit(FILE, QUOTA, "made['cgrp1'].quota = quota")),
    Mutant("limits", "quotas the other way round", edit(FILE, QUOTA, "made[name].quota = 80 - quota")),
    Mutant("limits", "no limits of memory", edit(FILE, LIMIT, "pass")),
    Mutant("limits", "one limit of memory alone", edit(FILE, LIMIT, "made['cgrp4'].memory_max = mib * MIB")),
    Mutant("limits", "half as much memory", edit(FILE, LIMIT, "made[name].memory_max = mib * MIB // 2")),
    Mutant("limits", "the tasks are not in B", edit(FILE, MOVE, "")),
    Mutant("limits", "the tasks are not in A", edit(FILE, "made[in_a].clone(want_all", "host().clone(want_all")),
    Mutant("limits", "all tasks are in cgrp4", edit(FILE, MOVE, MOVE.replace("made[in_b]", "made['cgrp4']"))),
    Mutant("limits", "all tasks are in cgrp1", edit(FILE, "made[in_a].clone(want_all", "made['cgrp1'].clone(want_all")),
    Mutant("limits", "the tasks want no CPU", edit(LOAD, "    while not asked:\n        pass", "    signal.pause()")),
    Mutant("limits", "the tasks want no memory", edit(LOAD, "    grow(size, 0.0, 0.0)\n", "")),
    Mutant("limits", "the tasks want little memory", edit(LOAD, "grow(size,", "grow(size // 8,")),
    Mutant(
        "limits",
        "limits of memory taken back too early",
        edit(FILE, SIGN, "    for name in LIMITS:\n        made[name].memory_max = None\n" + SIGN),
    ),
    Mutant("limits", "the tasks are killed by hand", edit(FILE, SIGN, SIGN.replace("load.SIGN", "9"))),
    Mutant(
        "limits",
        "measured when they are gone",
        edit(
            FILE,
            "            seen = _cpu(treated, made, cpu)",
            "            _end(tasks)\n            seen = _cpu(treated, made, cpu)",
        ),
    ),
    Mutant("limits", "CPU time is a constant", edit(FILE, "quota, round(used[name], 1)", "quota, quota")),
    Mutant("limits", "shares are a constant", edit(FILE, "round(shares[name], 1)", "round(100 * quota / both, 1)")),
    Mutant("limits", "most memory is a constant", edit(FILE, "round(made[name].memory_peak / MIB, 1)", "mib")),
    Mutant(
        "limits",
        "OOM kills are a constant",
        edit(FILE, "len(those), made[name].memory_events.oom_kills", "len(those), len(those)"),
    ),
    Mutant(
        "limits", "how they ended is a constant", edit(FILE, 'asked, "SIGKILL", how,', 'asked, "SIGKILL", "SIGKILL",')
    ),
)
