"""Broken variants of the demo of the rules of hierarchies."""

from tests.mutants import Mutant, edit

FILE = "nslab/cgroups/rules/experiment.py"
AGAIN = 'mounts.mount(f"{first},{second}" if treated else _other_name())'
REFUSED = 'answer(mounts.mount, f"{first},{third}", False)'
EACH, ORDER = "for group in (small, large, slow) if treated else ():", "small, large"
NAMED = 'mounts.mount(name if treated else f"{third},{name}")'
MOVED = """                large.add(pid)
                slow.add(pid)
"""
SLEEPERS = "with _sleepers(busy if treated else None):"
TYPE = 'files.write(f"{domain}/threads/cgroup.type", "threaded")'
MOVE = 'answer(files.write, f"{domain}/threads/cgroup.threads", str(second))'
TOP = 'said = answer(files.write, f"{outer}/inner/cgroup.subtree_control", f"+{controller}")'
BUSY_FILE = "{next(iter(busy.directories.values()))}/cgroup.subtree_control"
BUSY = f'said = answer(files.write, f"{BUSY_FILE}", f"+{{controller}}")'
GIVEN = """    if not treated:
        files.write(f"{outer}"""

MUTANTS = (
    Mutant("rule1", "one subsystem alone", edit(FILE, "mounts.mount(wanted)", "mounts.mount(first)")),
    Mutant(
        "rule1", "both also in the control", edit(FILE, "mounts.mount(wanted)", 'mounts.mount(f"{first},{second}")')
    ),
    Mutant("rule1", "not mounted", edit(FILE, "        mounts.mount(wanted)\n", "")),
    Mutant(
        "rule1",
        "another one beside it",
        edit(FILE, "mounts.mount(wanted)", "mounts.mount(wanted.replace(second, third))"),
    ),
    Mutant(
        "rule1",
        "looked at after its end",
        edit(FILE, "        together = next(", "        mounts.close()\n        together = next("),
    ),
    Mutant(
        "rule1",
        "what it has is a constant",
        edit(FILE, 'f"{first},{second}", together,', 'f"{first},{second}", f"{first},{second}",'),
    ),
    Mutant("rule1", "the named one has a subsystem, too", edit(FILE, NAMED, 'mounts.mount(f"{third},{name}")')),
    Mutant("rule1", "the named one has none in the control, either", edit(FILE, NAMED, "mounts.mount(name)")),
    Mutant("rule1", "the named one is not mounted", edit(FILE, f"        {NAMED}\n", "")),
    Mutant(
        "rule1", "what the named one has is a constant", edit(FILE, 'if each != name) or "none"', 'if False) or "none"')
    ),
    Mutant("rule2", "nothing is attached before", edit(FILE, "        mounts.mount(attached)\n", "")),
    Mutant(
        "rule2",
        "attached too late",
        edit(
            FILE,
            f"mounts.mount(attached)\n        refused = {REFUSED}",
            f"refused = {REFUSED}\n        answer(mounts.mount, attached)",
        ),
    ),
    Mutant("rule2", "the other subsystem is mounted alone", edit(FILE, REFUSED, "answer(mounts.mount, third, False)")),
    Mutant("rule2", "the refusal is a constant", edit(FILE, REFUSED, '"EBUSY"')),
    Mutant("rule2", "no second mount", edit(FILE, AGAIN, f"point if treated else {AGAIN}")),
    Mutant("rule2", "no second mount, for nobody", edit(FILE, AGAIN, "point")),
    Mutant("rule2", "the second mount is of another hierarchy", edit(FILE, AGAIN, "mounts.mount(_other_name())")),
    Mutant(
        "rule2", "that it is the same is a constant", edit(FILE, "second_one, True, same,", "second_one, True, True,")
    ),
    Mutant("rule2", "the number of mounts is a constant", edit(FILE, '"2 and 1", count,', '"2 and 1", "2 and 1",')),
    Mutant("rule3", "the hierarchy is in use", edit(FILE, "old = None if treated else stack", "old = stack")),
    Mutant("rule3", "nobody is looked at", edit(FILE, "for each in _processes() if", "for each in [] if")),
    Mutant(
        "rule3", "the number elsewhere is a constant", edit(FILE, "0, elsewhere, AsExpected()", "0, 0, AsExpected()")
    ),
    Mutant("rule3", "not moved", edit(FILE, MOVED, "                pass\n")),
    Mutant("rule3", "not moved in the second hierarchy", edit(FILE, MOVED, "                large.add(pid)\n")),
    Mutant("rule3", "moved the other way round", edit(FILE, MOVED, MOVED.replace("slow.add", "small.add"))),
    Mutant(
        "rule3",
        "moved too late",
        edit(
            FILE,
            "        with _sleepers(small) as (pid,):\n            if treated:\n" + MOVED,
            "        with _sleepers(small) as (pid,):\n            if treated:\n"
            "                threading.Timer(0.2, large.add, (pid,)).start()\n",
        ),
    ),
    Mutant("rule3", "where it is is a constant", edit(FILE, '" and ".join(members)', '"10GB"')),
    Mutant(
        "rule3",
        "where it is in both is a constant",
        edit(FILE, 'f"{_in(first.subsystem, pid)} {_in(second.subsystem, pid)}"', '"/10GB /20percent"'),
    ),
    Mutant("rule3", "put in no group with a limit", edit(FILE, EACH, "for group in ():")),
    Mutant("rule3", "put in all of them in the control, too", edit(FILE, EACH, "for group in (small, large, slow):")),
    Mutant("rule3", "put in the large one before the small one", edit(FILE, EACH, EACH.replace(ORDER, "large, small"))),
    Mutant("rule3", "not put in the group of the CPU", edit(FILE, EACH, EACH.replace(f"{ORDER}, slow", ORDER))),
    Mutant("rule3", "the large limit is not written", edit(FILE, "small.memory_max, large.memory_max,", "_, _,")),
    Mutant("rule3", "the quota is not written", edit(FILE, "slow.quota = SMALL", "_ = SMALL")),
    Mutant("rule3", "the limits are a constant", edit(FILE, '", ".join(of_memory + of_cpu) or "none"', "wanted")),
    Mutant("rule4", "the parent is elsewhere", edit(FILE, "parent_in if treated else apart", "apart")),
    Mutant("rule4", "the control's parent is there, too", edit(FILE, "parent_in if treated else apart", "parent_in")),
    Mutant("rule4", "the child is not moved", edit(FILE, "apart.add(born)", "pass")),
    Mutant("rule4", "the parent is moved", edit(FILE, "apart.add(born)", "apart.add(child.pid)")),
    Mutant(
        "rule4",
        "moved before the look",
        edit(FILE, "            starts = [", "            apart.add(born)\n            starts = ["),
    ),
    Mutant("rule4", "where it starts is a constant", edit(FILE, '" ".join(starts)', '"parent"')),
    Mutant("rule4", "where both are is a constant", edit(FILE, '" ".join(after)', '"parent apart"')),
    Mutant("v2", "the second mount is of v1", edit(FILE, '"" if treated else _other_name()', "_other_name()")),
    Mutant(
        "v2",
        "no second mount",
        edit(FILE, 'again = mounts.mount("" if treated else _other_name())', 'again = cgroupfs.mount_points()[""]'),
    ),
    Mutant("v2", "that it is there, too, is a constant", edit(FILE, "asked, True, same,", "asked, True, True,")),
    Mutant("v2", "the outer one gave it", edit(FILE, GIVEN, GIVEN.replace("if not treated", "if True"))),
    Mutant("v2", "not asked for", edit(FILE, TOP, 'said = "ENOENT"')),
    Mutant("v2", "asked for in the outer one", edit(FILE, TOP, TOP.replace("/inner", ""))),
    Mutant("v2", "nobody is in it", edit(FILE, SLEEPERS, "with _sleepers(None):")),
    Mutant(
        "v2",
        "asked for when it was left",
        edit(FILE, f"    {SLEEPERS}\n        {BUSY}", f"    {SLEEPERS}\n        pass\n    {BUSY}"),
    ),
    Mutant("v2", "the busy one is not asked", edit(FILE, BUSY, 'said = "EBUSY"')),
    Mutant("v2", "not threaded", edit(FILE, TYPE, "pass")),
    Mutant("v2", "the thread is not moved", edit(FILE, MOVE, "pass")),
    Mutant("v2", "the whole process is moved", edit(FILE, MOVE, MOVE.replace("cgroup.threads", "cgroup.procs"))),
    Mutant("v2", "where threads are is a constant", edit(FILE, '" ".join(where_they_are)', '"domain threads"')),
)
