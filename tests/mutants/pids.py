"""Broken variants of the demo of pids."""

from tests.mutants import Mutant, edit

FILE = "nslab/cgroups/pids/experiment.py"

MUTANTS = (
    Mutant("limit", "limit not written", edit(FILE, "group.pids_max = limit\n", "pass\n")),
    Mutant("limit", "limit three times as high", edit(FILE, "group.pids_max = limit\n", "group.pids_max = most\n")),
    Mutant(
        "limit",
        "limit written too late",
        edit(FILE, "group.pids_max = limit\n", 'stack.callback(setattr, group, "pids_max", limit)\n'),
    ),
    Mutant(
        "limit",
        "no bomb",
        edit(FILE, "(group, load.fork_bomb, (most, PAUSE, LONGEST))", "(group, load.wait_for_sign, ())"),
    ),
    Mutant("limit", "the bomb is outside the group", edit(FILE, "(group, load.fork_bomb,", "(home(), load.fork_bomb,")),
    Mutant(
        "limit",
        "most is the limit",
        edit(FILE, "highest = max(len(group.procs), *(int(n) for _, n in measured))", "highest = limit"),
    ),
    Mutant("limit", "errno is a constant", edit(FILE, '", ".join(errnos) or None', '"EAGAIN"')),
    Mutant("limit", "number of refused forks is a constant", edit(FILE, "asked, 1, refused,", "asked, 1, 1,")),
    Mutant(
        "limit",
        "nothing is forked outside",
        edit(
            FILE,
            "pids.append(stack.enter_context(home().clone(time.sleep, args=(LONGEST,), stream=False)).pid)",
            "pass",
        ),
    ),
    Mutant(
        "limit",
        "what is forked outside is inside",
        edit(FILE, "stack.enter_context(home().clone(time.sleep", "stack.enter_context(group.clone(time.sleep"),
    ),
    Mutant(
        "limit",
        "what is forked outside ends at once",
        edit(FILE, "args=(LONGEST,), stream=False)).pid)", "args=(0,), stream=False)).pid)\n        time.sleep(0.3)"),
    ),
    Mutant(
        "limit", "nobody looks", edit(FILE, "found = _with_one_more(stack, group, bomb)", 'found = f"{limit} and 1"')
    ),
    Mutant(
        "limit",
        "forked outside before the bomb has grown",
        edit(
            FILE,
            'count, meanwhile = {"processes": lambda: len(group.procs)}, (SECONDS / 2, fork_outside)',
            """found = _with_one_more(stack, group, bomb)
        count, meanwhile = {"processes": lambda: len(group.procs)}, (SECONDS / 2, str)""",
        ),
    ),
)
