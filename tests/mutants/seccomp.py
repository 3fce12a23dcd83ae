"""Broken variants of the demo of filters of system calls. Each filter is on a process that is made for it."""

from tests.mutants import Mutant, edit

FILE = "nslab/security/seccomp/experiment.py"
FILTERS = "nslab/linux/filters.py"
PUT = "    filters.install(_filter(action))\n"
ASKED = "    return answer(os.uname)\n"


def _m(part: str, about: str, old: str, new: str, survives: str = "", file: str = FILE) -> Mutant:
    return Mutant(part, about, edit(file, old, new), survives)


MUTANTS = (
    _m("errno", "treatment dropped", PUT, "    pass\n"),
    _m("errno", "wrong call", "(_EQUAL, 0, 1, number),", "(_EQUAL, 0, 1, number + 1),", file=FILTERS),
    _m(
        "errno",
        "wrong action: killed",
        "    if treated:\n        _put(says)\n",
        '    if treated:\n        _put("kill")\n',
    ),
    _m("errno", "every call is refused", "(_RETURN, 0, 0, ACTIONS[ALLOW]),", "(_RETURN, 0, 0, action),", file=FILTERS),
    _m("errno", "action skipped: uname() is not asked", ASKED, '    return "EPERM"\n'),
    _m(
        "errno",
        "the answer replaced by what is expected",
        "before, own, host().call(_uname), OnlyInside",
        "before, says, host().call(_uname), OnlyInside",
    ),
    _m(
        "errno",
        "wrong place: the child's answer is its parent's",
        "    return _mode(), _uname(), _in_a_child(),",
        '    return _mode(), _uname(), "ok",',
    ),
    _m(
        "errno",
        "wrong time: asked before",
        "def _filtered(treated: bool, says: str) -> tuple[str, str, str, int, str]:\n",
        "def _filtered(treated: bool, says: str) -> tuple[str, str, str, int, str]:\n"
        "    return _mode(), _uname(), _in_a_child(), _program(), 'ok'\n",
    ),
    _m("several", "treatment dropped", "if treated or each != says]", "if each != says]"),
    _m(
        "several",
        "the strict one alone, and first",
        "[each for each in order if treated or each != says]",
        "list(order)",
    ),
    _m(
        "several",
        "wrong action for what is logged",
        '    alone = host().call(_under, ["log"])\n',
        "    alone = host().call(_under, [says])\n",
    ),
    _m("several", "action skipped: not put on", "        filters.install(each)\n", "        pass\n"),
    _m("several", "action skipped: uname() is not asked", ASKED, '    return "EPERM"\n'),
    _m(
        "kill",
        "treatment dropped",
        "def _die(treated: bool) -> None:\n    if treated:\n",
        "def _die(treated: bool) -> None:\n    if False:\n",
    ),
    _m(
        "kill",
        "action skipped: the call is not made",
        '        _put("kill")\n    os.uname()\n',
        '        _put("kill")\n    os.stat("/")\n',
    ),
    _m(
        "kill",
        "wrong action: an errno",
        'def _die(treated: bool) -> None:\n    if treated:\n        _put("kill")',
        'def _die(treated: bool) -> None:\n    if treated:\n        _put("EPERM")',
    ),
    _m(
        "kill",
        "wrong process: the other one calls it too",
        '        _put("kill")\n    os.stat("/")\n',
        '        _put("kill")\n    os.uname()\n',
    ),
    _m("kill", "the end replaced by what is expected", "NOT_ASKED, ended, NOT_ASKED", 'NOT_ASKED, "SIGSYS", NOT_ASKED'),
    _m(
        "notify",
        "treatment dropped",
        "    number, said, parent = host().call(_supervised, treated)\n",
        "    number, said, parent = host().call(_supervised, False)\n",
    ),
    _m(
        "notify",
        "action skipped: the supervisor says nothing of its own",
        "filters.supervise(listener, INVENTED)",
        "filters.supervise(listener, 1)",
    ),
    _m(
        "notify",
        "wrong call",
        'filters.listen(_filter(filters.NOTIFY, "getppid"))',
        'filters.listen(_filter(filters.NOTIFY, "uname"))',
    ),
    _m(
        "notify",
        "the answer replaced by what is expected",
        "NOT_ASKED, said, NOT_ASKED, Is(INVENTED)",
        "NOT_ASKED, INVENTED, NOT_ASKED, Is(INVENTED)",
    ),
    _m(
        "notify",
        "the number is not the one that was told",
        "    return int(number)\n",
        "    return int(number) + 1\n",
        file=FILTERS,
    ),
    _m(
        "clone3",
        "treatment dropped: EPERM in both",
        '    says = "ENOSYS" if treated else "EPERM"\n',
        '    says = "EPERM"\n',
    ),
    _m("clone3", "ENOSYS in both", '    says = "ENOSYS" if treated else "EPERM"\n', '    says = "ENOSYS"\n'),
    _m("clone3", "no filter", '    filters.install(_filter(says, "clone3"))\n', "    pass\n"),
    _m("clone3", "action skipped: no thread", "        thread.start()\n    except", "        pass\n    except"),
    _m(
        "clone3",
        "the answer replaced by what is expected",
        "NOT_ASKED, thread, NOT_ASKED",
        'NOT_ASKED, "ok", NOT_ASKED',
    ),
    _m(
        "install",
        "treatment dropped",
        "    if treated:\n        capsets.set_no_new_privs()\n    return answer(filters",
        "    return answer(filters",
    ),
    _m(
        "install",
        "promised in both",
        "    if treated:\n        capsets.set_no_new_privs()\n    return answer(filters",
        "    capsets.set_no_new_privs()\n    return answer(filters",
    ),
    _m(
        "install",
        "action skipped: not put on",
        'return answer(filters.install, _filter("EPERM")), _mode()',
        'return "ok" if treated else "EACCES", _mode()',
    ),
    _m(
        "install",
        "the answer replaced by what is expected",
        'NOT_ASKED, said, NOT_ASKED, Is("ok"))\n    yield Row("installed-mode"',
        'NOT_ASKED, "ok", NOT_ASKED, Is("ok"))\n    yield Row("installed-mode"',
    ),
    _m(
        "install",
        "the mode is not its own",
        'return answer(filters.install, _filter("EPERM")), _mode()',
        'return answer(filters.install, _filter("EPERM")), "2"',
    ),
)
