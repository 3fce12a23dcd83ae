"""Broken variants of the demo of cpuset."""

from tests.mutants import Mutant, edit

FILE = "nslab/cgroups/cpuset/experiment.py"
_HOME = '__import__("nslab.cgroups.core.location", fromlist=["home"]).home()'

MUTANTS = (
    Mutant("cpus", "no set", edit(FILE, '{"cpus": cpus} if treated else {}', "{}")),
    Mutant(
        "cpus", "the threads ask for no other CPUs", edit(FILE, "(online, len(online) + 1)", "(cpus, len(online) + 1)")
    ),
    Mutant(
        "cpus",
        "the load is outside",
        edit(FILE, "(group, load.burn_threads, (online, len", f"({_HOME}, load.burn_threads, (online, len"),
    ),
    Mutant(
        "cpus",
        "where it ran is what theory says",
        edit(FILE, "_list(cpus), _list(_ran_on(watched)),", "_list(cpus), _list(cpus),"),
    ),
    Mutant(
        "cpus",
        "what is allowed is what theory says",
        edit(FILE, "written(cpus), allowed, AsExpected()", "written(cpus), written(cpus), AsExpected()"),
    ),
    Mutant(
        "cpus",
        "what is allowed is read of another process",
        edit(FILE, "process.status(child.pid)", 'process.status("self")'),
    ),
    Mutant(
        "cpus",
        "the other CPU is not asked for",
        edit(FILE, '"EINVAL", asks, AsExpected()', '"EINVAL", "EINVAL", AsExpected()'),
    ),
    Mutant("cpus", "a process outside asks for the other CPU", edit(FILE, "group.call(answer", f"{_HOME}.call(answer")),
    Mutant(
        "move",
        "the set does not change",
        edit(FILE, '[(half, lambda: setattr(group, "cpus", others))] if treated else ()', "()"),
    ),
    Mutant(
        "move",
        "it changes in the control, too",
        edit(
            FILE,
            '[(half, lambda: setattr(group, "cpus", others))] if treated else ()',
            '[(half, lambda: setattr(group, "cpus", others))]',
        ),
    ),
    Mutant("move", "it changes at the beginning", edit(FILE, "[(half, lambda: setattr", "[(0.0, lambda: setattr")),
    Mutant(
        "move",
        "it changes to the same CPUs",
        edit(FILE, 'setattr(group, "cpus", others)', 'setattr(group, "cpus", cpus)'),
    ),
    Mutant("move", "no set at first", edit(FILE, 'Cgroup("cpuset", cpus=cpus)', 'Cgroup("cpuset")')),
    Mutant(
        "move",
        "where it ran is what theory says",
        edit(FILE, "_list(after), NothingElse()", "_list(others), NothingElse()"),
    ),
    Mutant(
        "move",
        "the sets are what theory says",
        edit(FILE, 'f"{first}, then {last}", AsExpected()', 'f"{_list(cpus)}, then {_list(others)}", AsExpected()'),
    ),
    Mutant(
        "move", "where it ran is read before the change", edit(FILE, "since=half + 2 * EVERY", "until=half - EVERY")
    ),
    Mutant(
        "move",
        "it was nowhere both times, says theory",
        edit(FILE, '_list(before & after) or "none", AsExpected()', '"none", AsExpected()'),
    ),
)
