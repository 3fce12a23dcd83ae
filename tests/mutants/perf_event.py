"""Broken variants of the demo of perf_event."""

from tests.mutants import Mutant, edit

FILE = "nslab/cgroups/perf_event/experiment.py"
_OUTSIDE = edit(FILE, "group if treated else home()", "home()")
_INSIDE = edit(FILE, "group if treated else home()", "group")
_COUNT_IS_OWN = edit(FILE, "round(counted, 3), Within", "round(own, 3), Within")
_OWN_IS_COUNT = edit(FILE, '"the load is outside", round(own, 3),', '"the load is outside", round(counted, 3),')
_OTHER_GROUP = edit(FILE, "_counting(group, event))", '_counting(stack.enter_context(Cgroup("perf_event")), event))')
_LATE = edit(
    FILE,
    """        before = read()
        child.kill(load.SIGN)
""",
    """        child.kill(load.SIGN)
        measure.report(child)
        before = read()
""",
)

MUTANTS = (
    Mutant("faults", "the load is outside", _OUTSIDE),
    Mutant("faults", "the load is inside in the control, too", _INSIDE),
    Mutant("faults", "the count is what the load says", _COUNT_IS_OWN),
    Mutant("faults", "the load says what was counted", _OWN_IS_COUNT),
    Mutant("faults", "another group's count", _OTHER_GROUP),
    Mutant("faults", "the load touches nothing", edit(FILE, "((cpu,), pages, STEPS,", "((cpu,), pages, 0,")),
    Mutant("switches", "the load is outside", _OUTSIDE),
    Mutant("switches", "the count is what the load says", _COUNT_IS_OWN),
    Mutant(
        "switches", "it counts something else", edit(FILE, '"context-switches", load.nap', '"page-faults", load.nap')
    ),
    Mutant("switches", "the load does not sleep", edit(FILE, "((cpu,), naps, SECONDS", "((cpu,), 0, SECONDS")),
    Mutant("switches", "counting begins when the load has ended", _LATE),
    Mutant("clock", "the load is outside", _OUTSIDE),
    Mutant("clock", "the count is what the load says", _COUNT_IS_OWN),
    Mutant("clock", "another group's count", _OTHER_GROUP),
    Mutant("clock", "the load does nothing", edit(FILE, "((cpu,), CPU_SECONDS)", "((cpu,), 0.0)")),
    Mutant("clock", "counting begins when the load has ended", _LATE),
)
