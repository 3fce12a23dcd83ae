"""Broken variants of the devices demo."""

from tests.mutants import Mutant, edit

FILE = "nslab/cgroups/devices/experiment.py"
LOAD = "nslab/cgroups/bench/ioload.py"
CHANGE = "change = partial(restrict, group, trial.rules, trial.otherwise) if treated else lambda: None"
NO_RULE = edit(FILE, CHANGE, "change = lambda: None")
EARLY = edit(
    FILE, "        began = time.monotonic() - start\n        change()\n", "        began = time.monotonic() - start\n"
)
ALWAYS = edit(FILE, CHANGE, "change = partial(restrict, group, trial.rules, trial.otherwise)")
BEFORE = edit(FILE, "_together(tried.after, number), AsExpected()", "_together(tried.before, number), AsExpected()")


def constant(trial: str) -> Mutant:
    return Mutant(trial, "the answers after the rule are what is expected",
                  edit(FILE, "_together(tried.after, number), AsExpected()", "expected, AsExpected()"))  # fmt: skip


MUTANTS = (
    Mutant("deny", "no rule is written", NO_RULE),
    Mutant("deny", "the rule is written in the control, too", ALWAYS),
    constant("deny"),
    Mutant(
        "deny",
        "nothing is read from what was opened before",
        edit(LOAD, "    os.read(fd, KEPT)\n", ""),
    ),
    Mutant(
        "deny",
        "what was opened before is opened anew",
        edit(LOAD, "    os.read(fd, KEPT)\n", '    _read("/dev/zero")\n'),
    ),
    Mutant(
        "deny",
        "the second node is not made",
        edit(
            LOAD,
            "    nodes.mknod(other, stat.S_IFCHR | 0o600, os.stat(path).st_rdev)\n",
            '    open(other, "w").close()\n',
        ),
    ),
    Mutant(
        "deny",
        "the rule is there from the start",
        edit(
            FILE,
            "        start = time.monotonic()\n        time.sleep(seconds / 2)\n",
            "        change()\n        start = time.monotonic()\n        time.sleep(seconds / 2)\n",
        ),
    ),
    Mutant("access", "no rule is written", NO_RULE),
    Mutant(
        "access",
        "the rule denies reading, too",
        edit(FILE, '    (_rule(FULL, "w"),),\n', '    (_rule(FULL, "rw"),),\n'),
    ),
    Mutant("access", "the answers are those before the rule", BEFORE),
    Mutant(
        "access",
        "nothing is opened to read",
        edit(LOAD, "    return _opened(path, os.O_RDONLY)\n", '    return os.stat("/")\n'),
    ),
    Mutant(
        "access",
        "another device is opened to read",
        edit(LOAD, "    return _opened(path, os.O_RDONLY)\n", '    return _opened("/dev/null", os.O_RDONLY)\n'),
    ),
    constant("access"),
    Mutant("list", "no rule is written", NO_RULE),
    Mutant(
        "list",
        "what works is what is expected",
        edit(FILE, "_works(trial, tried.after), AsExpected()", '", ".join(sorted(left)), AsExpected()'),
    ),
    Mutant(
        "list",
        "when it was refused is a constant",
        edit(FILE, "                _refused(tried), AtLeast()", "                0.01, AtLeast()"),
    ),
    Mutant("list", "the rest is not denied", edit(FILE, "    otherwise=False,\n", "    otherwise=True,\n")),
    Mutant("list", "the change is not made", EARLY),
    constant("list"),
    Mutant(
        "nested",
        "the group above has no rule",
        edit(FILE, "            if treated:\n                restrict(group, DENY.rules)\n", ""),
    ),
    Mutant(
        "nested",
        "the rule is there before anything is tried",
        edit(
            FILE,
            "        tried = _tried(inside, list(INSIDE.expected), seconds, change)\n",
            "        change()\n        tried = _tried(inside, list(INSIDE.expected), seconds, lambda: None)\n",
        ),
    ),
    Mutant(
        "nested",
        "the rule is that of the group inside",
        edit(FILE, "                restrict(group, DENY.rules)\n", "                restrict(inside, DENY.rules)\n"),
    ),
    Mutant(
        "nested",
        "the group inside asks for nothing",
        edit(FILE, "own.append(_answer(inside, [_rule(ZERO, allow=True)]))", "own.append(_answer(inside, []))"),
    ),
    constant("nested"),
    Mutant(
        "nested",
        "the answers are those before the rule",
        edit(FILE, "_together(tried.after, number), AsExpected()", "_together(tried.before, number), AsExpected()"),
    ),
)
