"""Broken variants of the hugetlb demo."""

from tests.mutants import Mutant, edit

FILE = "nslab/cgroups/hugetlb/experiment.py"
LOAD = "nslab/cgroups/bench/ioload.py"

MUTANTS = (
    Mutant(
        "limit",
        "no limit is written",
        edit(
            FILE,
            "        if treated:\n            HUGE_MAX.given",
            "        if False:\n            HUGE_MAX.given",
        ),
    ),
    Mutant(
        "limit",
        "the limit is written in the control, too",
        edit(
            FILE,
            "        if treated:\n            HUGE_MAX.given",
            "        if True:\n            HUGE_MAX.given",
        ),
    ),
    Mutant("limit", "no page is touched", edit(LOAD, "        memory[page * size] = 1\n", "")),
    Mutant(
        "limit",
        "how it ended is what is expected",
        edit(FILE, '"SIGBUS", ended, AsExpected()', '"SIGBUS", "SIGBUS", AsExpected()'),
    ),
    Mutant(
        "limit",
        "what is in use is what is expected",
        edit(FILE, "pages * size / MIB, most, AsExpected()", "pages * size / MIB, pages * size / MIB, AsExpected()"),
    ),
    Mutant(
        "limit",
        "the pages are taken outside of the group",
        edit(FILE, "measure.running([(group, load, ", "measure.running([(home(), load, "),
    ),
    Mutant(
        "reservation",
        "no limit is written",
        edit(
            FILE,
            "        if treated:\n            limit.set",
            "        if False:\n            limit.set",
        ),
    ),
    Mutant(
        "reservation",
        "the limit is of pages in use",
        edit(FILE, "limit = HUGE_RESERVED_MAX.given", "limit = HUGE_MAX.given"),
    ),
    Mutant(
        "reservation",
        "nothing is reserved",
        edit(LOAD, "hugepage.map_pages(size, reserve=True)", "hugepage.map_pages(size, reserve=False)"),
    ),
    Mutant("reservation", "no page is touched", edit(LOAD, "    kept[0][0] = 1\n", "")),
    Mutant(
        "reservation",
        "what is in use is read at the wrong place",
        edit(
            FILE,
            '"in use": HUGE_USAGE.given(**of_size)}\n        measured, printed',
            '"in use": HUGE_RESERVED.given(**of_size)}\n        measured, printed',
        ),
    ),
    Mutant(
        "reservation",
        "the answer is what is expected",
        edit(FILE, '"ENOMEM", refused, AsExpected()', '"ENOMEM", "ENOMEM", AsExpected()'),
    ),
)
