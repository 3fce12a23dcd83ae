"""Broken variants of the blkio demo."""

from tests.mutants import Mutant, edit

FILE = "nslab/cgroups/blkio/experiment.py"
LOAD = "nslab/cgroups/bench/ioload.py"

MUTANTS = (
    Mutant(
        "bytes",
        "no limit is written",
        edit(
            FILE,
            "        if treated:\n            for each in (group, beside):",
            "        if False:\n            for each in (group, beside):",
        ),
    ),
    Mutant(
        "bytes",
        "the limit is written in the control, too",
        edit(
            FILE,
            "        if treated:\n            for each in (group, beside):",
            "        if True:\n            for each in (group, beside):",
        ),
    ),
    Mutant(
        "bytes",
        "the rates are what is expected",
        edit(FILE, "round(_per_second(points), 3), Within", "round(expected, 3), Within"),
    ),
    Mutant(
        "bytes", "the limit is another group's", edit(FILE, "for each in (group, beside):", "for each in (beside,):")
    ),
    Mutant(
        "bytes",
        "the account is another group's",
        edit(FILE, '"group": lambda: group.io(', '"group": lambda: beside.io('),
    ),
    Mutant("bytes", "the account is what is expected", edit(FILE, "round(_per_second(counted), 3)", "expected")),
    Mutant("bytes", "the account beside is the group's own", edit(FILE, "others = beside.io(", "others = group.io(")),
    Mutant(
        "operations",
        "no limit is written",
        edit(FILE, "        if treated:\n            group.io_max", "        if False:\n            group.io_max"),
    ),
    Mutant(
        "operations",
        "the limit is written in the control, too",
        edit(FILE, "        if treated:\n            group.io_max", "        if True:\n            group.io_max"),
    ),
    Mutant(
        "operations",
        "the rates are what is expected",
        edit(FILE, "got = round(_per_second(points), 1)", "got = float(iops)"),
    ),
    Mutant(
        "operations",
        "the limit is another group's",
        edit(FILE, "            group.io_max = {device", '            group.child("other").io_max = {device'),
    ),
    Mutant("operations", "the limit is of bytes", edit(FILE, '_limits("iops", iops)', '_limits("bps", 1 << 30)')),
    Mutant(
        "weights",
        "no weights are written",
        edit(
            FILE,
            "_weigh(groups, weights if treated else dict",
            "_weigh(groups, dict.fromkeys(weights, 100) if treated else dict",
        ),
    ),
    Mutant(
        "weights",
        "the control has the weights, too",
        edit(FILE, "_weigh(groups, weights if treated else dict.fromkeys(weights, 100))", "_weigh(groups, weights)"),
    ),
    Mutant(
        "weights",
        "the shares are what is expected",
        edit(FILE, "round(got[name], 1), SPREAD", "round(theory[name], 1), SPREAD"),
    ),
    Mutant(
        "weights",
        "all run outside of the groups",
        edit(FILE, '[_moving(group, device, "read", BIG) for', '[_moving(home(), device, "read", BIG) for'),
    ),
    Mutant(
        "weights",
        "all run in one group",
        edit(FILE, "for group in groups.values()]):", "for group in [next(iter(groups.values()))] * len(groups)]):"),
    ),
)
