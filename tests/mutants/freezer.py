"""Broken variants of the demo of freezer."""

from tests.mutants import Mutant, edit

FILE = "nslab/cgroups/freezer/experiment.py"
FREEZE = """                group.freeze()
            note(seen, group)
            states.append"""
KILL = """                    group.freeze()
                note(seen, group)
                states[version]"""
LOOK = """            states.append(state(group))
            ticks.append(count())
"""
THAW = """            ticks.append(count())
            group.thaw()
"""
HOST = '__import__("importlib").import_module("nslab.lab.client.host").host()'
LOADS = "measure.running([(group, load.tick, (TICK,))])"

MUTANTS = (
    Mutant("freeze", "not frozen", edit(FILE, FREEZE, FREEZE.replace("group.freeze()", "pass"))),
    Mutant("freeze", "not thawed", edit(FILE, THAW, "            ticks.append(count())\n")),
    Mutant("freeze", "thawed at once", edit(FILE, LOOK, LOOK + "            group.thaw()\n")),
    Mutant(
        "freeze",
        "counted before the freeze",
        edit(
            FILE,
            "            ticks.append(count())\n            group.thaw()",
            "            ticks.append(ticks[-1])\n            group.thaw()",
        ),
    ),
    Mutant(
        "freeze",
        "how long it stood still is what is asked for",
        edit(FILE, "seconds / 2, _still(measured)", "seconds / 2, seconds"),
    ),
    Mutant(
        "freeze",
        "frozen too late",
        edit(FILE, "[(AROUND, freeze), (thawed, thaw)]", "[(thawed - 0.05, freeze), (thawed, thaw)]"),
    ),
    Mutant(
        "freeze",
        "frozen for a moment only",
        edit(FILE, "(AROUND, freeze), (thawed, thaw)", "(AROUND, freeze), (AROUND + 0.1, group.thaw), (thawed, thaw)"),
    ),
    Mutant("freeze", "the process is not in the group", edit(FILE, LOADS, LOADS.replace("group", HOST))),
    Mutant("freeze", "state is a constant", edit(FILE, "switch.says, states[0]", "switch.says, switch.says")),
    Mutant("freeze", "ticks while frozen are a constant", edit(FILE, "asked, 0, during,", "asked, 0, 0,")),
    Mutant(
        "freeze",
        "ticks after it are a constant",
        edit(FILE, "before // 2, after, AtLeast()", "before // 2, 1, AtLeast()"),
    ),
    Mutant(
        "freeze",
        "when it ticked is a constant",
        edit(FILE, '", ".join(name for name, number in when.items() if number)', '"before the freeze, after the thaw"'),
    ),
    Mutant("kill", "not frozen", edit(FILE, KILL, KILL.replace("group.freeze()", "pass"))),
    Mutant("kill", "not killed", edit(FILE, "                children[version].kill()\n", "                pass\n")),
    Mutant(
        "kill",
        "killed before the freeze",
        edit(
            FILE,
            """                if treated:
                    group.freeze()
                note""",
            """                children[version].kill()
                children[version].wait(PATIENCE)
                if treated:
                    group.freeze()
                note""",
        ),
    ),
    Mutant(
        "kill",
        "thawed at once",
        edit(
            FILE,
            "                children[version].kill()\n",
            "                children[version].kill()\n                group.thaw()\n",
        ),
    ),
    Mutant(
        "kill",
        "killed after the thaw",
        edit(FILE, "[(killed, kill), (thawed, thaw)]", "[(killed, thaw), (thawed, kill)]"),
    ),
    Mutant("kill", "ended by SIGTERM", edit(FILE, "children[version].kill()\n", "children[version].kill(15)\n")),
    Mutant(
        "kill",
        "state is a constant",
        edit(
            FILE,
            "                    states[version], AsExpected()",
            "                    switch.says, AsExpected()",
        ),
    ),
    Mutant(
        "kill",
        "that it is still there is a constant",
        edit(FILE, "asked, waits, alive[version],", "asked, waits, waits,"),
    ),
    Mutant(
        "kill",
        "how it ended is a constant",
        edit(
            FILE,
            'how = f"{ended[version]}, {_when(points, killed, thawed)}"',
            'how = f"SIGKILL, {AFTER_THAW if version == 1 else AT_ONCE}"',
        ),
    ),
    Mutant(
        "kill",
        "when it ended is a constant",
        edit(FILE, "{_when(points, killed, thawed)}", "{AFTER_THAW if version == 1 else AT_ONCE}"),
    ),
)
