"""Broken variants of the demo of capabilities. All of them stay in the sandbox, whose root counts nowhere else."""

from tests.mutants import Mutant, edit

FILE = "nslab/security/capabilities/experiment.py"
PROGRAM = '    done = subprocess.run([program, ":", "/proc/self/status"]'
NO_EXEC = '    return capsets.of()\n    done = subprocess.run([program, ":", "/proc/self/status"]'
OTHERS = '    done = subprocess.run([program, ":", f"/proc/{os.getppid()}/status"]'


def _m(part: str, about: str, old: str, new: str, survives: str = "") -> Mutant:
    return Mutant(part, about, edit(FILE, old, new), survives)


MUTANTS = (
    _m("root", "treatment dropped", "    if without:\n", "    if False:\n"),
    _m("root", "all laid down", "caps.drop(capsets.NAMES.index(without))", "capsets.set_to((), (), ())"),
    _m(
        "root",
        "action skipped",
        "    return _try_all(port), os.geteuid()",
        '    return dict.fromkeys(TRIED, "EPERM"), 0',
    ),
    _m(
        "root",
        "the answer replaced by what is expected",
        "before[key], inside[key], after[key],\n                  OnlyInside(refused)",
        "before[key], refused, after[key],\n                  OnlyInside(refused)",
    ),
    _m("root", "wrong capability", "caps.drop(capsets.NAMES.index(without))", "caps.drop(capsets.NAMES.index(CHROOT))"),
    _m(
        "root",
        "wrong place: after is read of the one without",
        "        after, _ = box.call(_as_root, port, None)\n",
        "        after = inside\n",
    ),
    _m("alone", "treatment dropped", "    left = {capability} if capability else set()\n", "    left = set()\n"),
    _m(
        "alone",
        "all are left",
        "    left = {capability} if capability else set()\n",
        "    left = capsets.of().permitted\n",
    ),
    _m(
        "alone",
        "two are left",
        "    left = {capability} if capability else set()\n",
        '    left = {capability, "CAP_KILL"} if capability else set()\n',
    ),
    _m(
        "alone",
        "the answer replaced by what is expected",
        'before[key], inside[key], after[key], OnlyInside("ok")',
        'before[key], "ok", after[key], OnlyInside("ok")',
    ),
    _m(
        "alone",
        "wrong time: asked before anything is laid down",
        "    capsets.set_to(left, left, ())\n    return _try_all(port), caps",
        "    said = _try_all(port)\n    capsets.set_to(left, left, ())\n    return said, caps",
    ),
    _m("sets", "treatment dropped", "rest if treated else every, ())", "every, ())"),
    _m(
        "sets",
        "action skipped: not put back",
        "    put_back = answer(capsets.set_to, every, every, ())\n",
        '    put_back = "EPERM"\n',
    ),
    _m(
        "sets",
        "wrong time: put back at once",
        "    lowered = _chroot(0)\n",
        "    answer(capsets.set_to, every, every, ())\n    lowered = _chroot(0)\n",
    ),
    _m(
        "sets",
        "the answer replaced by what is expected",
        "NOT_ASKED, put_back, NOT_ASKED",
        'NOT_ASKED, "EPERM", NOT_ASKED',
    ),
    _m(
        "sets",
        "wrong capability",
        "    rest = every - {CHROOT}\n    capsets",
        '    rest = every - {"CAP_KILL"}\n    capsets',
    ),
    _m(
        "bounding",
        "treatment dropped",
        "    if treated:\n        capsets.bound(capsets.of().bounding",
        "    if False:\n        capsets.bound(capsets.of().bounding",
    ),
    _m(
        "bounding",
        "wrong set: permitted",
        "        capsets.bound(capsets.of().bounding - {CHROOT})\n",
        "        caps.drop(18)\n",
    ),
    _m("bounding", "all taken out", "capsets.bound(capsets.of().bounding - {CHROOT})", "capsets.bound(())"),
    _m("bounding", "action skipped: no execve()", PROGRAM, NO_EXEC),
    _m(
        "bounding",
        "wrong capability",
        "capsets.bound(capsets.of().bounding - {CHROOT})",
        'capsets.bound(capsets.of().bounding - {"CAP_KILL"})',
    ),
    _m("exec", "treatment dropped", "    if treated:\n        capsets.raise_ambient(one)\n", ""),
    _m("exec", "action skipped: no execve()", PROGRAM, NO_EXEC),
    _m("exec", "wrong process: read of another", PROGRAM, OTHERS),
    _m(
        "exec",
        "what is left is replaced by what was there",
        "_names(capsets.of().effective), _names(_after_exec().effective)",
        "_names(capsets.of().effective), _names(capsets.of().permitted)",
    ),
    _m(
        "exec",
        "wrong user: root",
        "    before, after = ask_ordinary(box, _hand_on, treated)\n",
        "    before, after = box.call(_hand_on, treated)\n",
    ),
    _m(
        "exec",
        "action skipped: root lays nothing down",
        "def _lay_down_all() -> tuple[int, int]:\n    capsets.set_to((), (), ())\n",
        "def _lay_down_all() -> tuple[int, int]:\n",
    ),
    _m("file", "treatment dropped", "    if with_capability:\n", "    if False:\n"),
    _m("file", "the copy is not one", "    shutil.copy(program, copy)\n", "    copy = program\n"),
    _m(
        "file",
        "wrong program",
        "    inside = ask_ordinary(box, _without_all, program)\n",
        "    inside = ask_ordinary(box, _without_all)\n",
    ),
    _m(
        "file",
        "action skipped: nothing is laid down",
        "    capsets.set_to((), (), ())\n    return _names(_after_exec(program)",
        "    return _names(_after_exec(program)",
        survives="execve() takes from uid 1000 whatever it had, so the rows are the same; in no-new-privs they are not",
    ),
    _m(
        "file",
        "wrong capability",
        "        filecaps.give(program, {PORT})\n",
        "        filecaps.give(program, {CHROOT})\n",
    ),
    _m("file", "action skipped: no execve()", PROGRAM, NO_EXEC),
    _m(
        "file",
        "the reading replaced by what is expected",
        'yield Row("from-file", label, before, inside, after',
        'yield Row("from-file", label, before, PORT, after',
    ),
    _m(
        "no-new-privs",
        "treatment dropped",
        "    if treated:\n        capsets.set_no_new_privs()\n    gained",
        "    gained",
    ),
    _m(
        "no-new-privs",
        "action skipped: not asked to undo it",
        "    undone = answer(capsets.clear_no_new_privs)\n",
        '    undone = "ok"\n',
    ),
    _m(
        "no-new-privs",
        "the file has none",
        "    program, _ = box.call(_install, True)\n",
        "    program, _ = box.call(_install, False)\n",
    ),
    _m(
        "no-new-privs",
        "wrong time: set after execve()",
        "    gained = _without_all(program)\n    undone",
        "    gained = _without_all(program)\n    capsets.set_no_new_privs()\n    undone",
    ),
    _m(
        "no-new-privs",
        "what the file gives replaced by none",
        "NOT_ASKED, gained, NOT_ASKED",
        "NOT_ASKED, NONE, NOT_ASKED",
    ),
    _m("no-new-privs", "nothing is handed on", "    return _hand_on(True)[1]", "    return _hand_on(False)[1]"),
    _m(
        "docker",
        "treatment dropped",
        "    if treated:\n        capsets.bound(LEFT_BY_DOCKER)\n        capsets.keep_only(LEFT_BY_DOCKER)\n",
        "",
    ),
    _m("docker", "not bounded", "        capsets.bound(LEFT_BY_DOCKER)\n", ""),
    _m(
        "docker",
        "one too many",
        "        capsets.bound(LEFT_BY_DOCKER)\n        capsets.keep_only(LEFT_BY_DOCKER)\n",
        '        more = LEFT_BY_DOCKER | {"CAP_KILL", "CAP_SYS_ADMIN"}\n'
        "        capsets.bound(more)\n        capsets.keep_only(more)\n",
    ),
    _m(
        "docker",
        "answers replaced by what is expected",
        'NOT_ASKED, said[key], NOT_ASKED, Is(expected),\n                  decisive=expected != "ok"',
        'NOT_ASKED, expected, NOT_ASKED, Is(expected),\n                  decisive=expected != "ok"',
    ),
    _m(
        "docker",
        "action skipped: nothing is asked",
        "said = {key: call(port) for key, (_, call, _) in DOCKERS.items()}",
        "said = {key: expected for key, (_, _, expected) in DOCKERS.items()}",
    ),
    _m(
        "docker",
        "action skipped: no execve()",
        PROGRAM,
        NO_EXEC,
        survives="fourteen are what it has and what it gets: that execve() was asked the variant without a bound shows",
    ),
    _m(
        "no-new-privs",
        "action skipped: nothing is laid down",
        "    capsets.set_to((), (), ())\n    return _names(_after_exec(program)",
        "    return _names(_after_exec(program)",
    ),
)
