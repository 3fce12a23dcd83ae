"""Broken variants of nslab.namespaces.ipc. Some change a limit of the host: give them an IPC namespace."""

from tests.mutants import Mutant, edit

FILE = "nslab/namespaces/ipc/experiment.py"


def _broken(part: str, about: str, old: str, new: str) -> Mutant:
    return Mutant(part, about, edit(FILE, old, new))


_OUT = """    with outside.sandbox(ipc=treated) as box:
        inside, after = box.call(look, key), outside.call(look, key)
"""
_MADE_OUT = "    outside.call(make, key)\n    before = outside.call(look, key)\n"
_IN = """    with outside.sandbox(ipc=treated) as box:
        box.call(make, key)
        inside, after = box.call(look, key), outside.call(look, key)
"""
_BOTH = "inside, after = box.call(look, key), outside.call(look, key)"
_MAKE = "        box.call(make, key)\n"
_LIMIT = "    with outside.sandbox(ipc=treated) as box:\n        inside = box.call(_set_limit, value)\n"
_WAITER = "with outside.clone(_wait_for_signal, stream=False) as waiter, outside.sandbox(ipc=treated) as box:"

MUTANTS = (
    _broken("outside", "treatment dropped", _OUT, _OUT.replace("ipc=treated", "")),
    _broken("outside", "nothing made", _MADE_OUT, "    before = outside.call(look, key)\n"),
    _broken("outside", "nothing made, but said to be before", _MADE_OUT, '    before = ["found"] * 4\n'),
    _broken("outside", "nothing made, but said to be on the host", _MADE_OUT + _OUT,
            '    before = after = ["found"] * 4\n' + _OUT.replace(_BOTH, "inside = box.call(look, key)")),
    _broken("outside", "inside: a constant", _OUT, _OUT.replace("box.call(look, key)", '["ENOENT"] * 4')),
    _broken("outside", "inside: another key looked for",
            _OUT, _OUT.replace("box.call(look, key)", "box.call(look, key + 1)")),
    _broken("outside", "inside: read on the host", _OUT, _OUT.replace("box.call(look", "outside.call(look")),
    _broken("outside", "made after inside was looked at", _MADE_OUT + _OUT,
            '    before = ["found"] * 4\n' + _OUT.replace(_BOTH, _BOTH.replace("after", "_, after").replace(
                "outside", "outside.call(make, key), outside"))),
    _broken("outside", "no POSIX queue made", "    sysv.mq_open(QUEUE, create=True)\n", ""),
    _broken("outside", "host afterwards: read inside",
            _OUT, _OUT.replace("outside.call(look, key)", "box.call(look, key)")),
    _broken("inside", "treatment dropped", _IN, _IN.replace("ipc=treated", "")),
    _broken("inside", "nothing made", _IN, _IN.replace(_MAKE, "")),
    _broken("inside", "nothing made, but said to be", _IN,
            _IN.replace(_MAKE, "").replace("box.call(look, key)", '["found"] * 4')),
    _broken("inside", "made on the host", _IN, _IN.replace("box.call(make", "outside.call(make")),
    _broken("inside", "made on the host as well", _IN,
            _IN.replace(_MAKE, _MAKE + _MAKE.replace("box", "outside"))),
    _broken("inside", "host afterwards: what was read before", _IN, _IN.replace("outside.call(look, key)", "before")),
    _broken("inside", "host afterwards: a constant", _IN, _IN.replace("outside.call(look, key)", '["ENOENT"] * 4')),
    _broken("inside", "host afterwards: read before the action", _IN,
            _IN.replace(_MAKE, "        after = outside.call(look, key)\n" + _MAKE)
            .replace(_BOTH, "inside = box.call(look, key)")),
    _broken("inside", "one kind is not made", "    for kind in KINDS:\n        sysv.get(kind, key, create=True)\n",
            '    for kind in ("msg", "sem"):\n        sysv.get(kind, key, create=True)\n'),
    _broken("limits", "treatment dropped", _LIMIT, _LIMIT.replace("ipc=treated", "")),
    _broken("limits", "nothing written", "        files.write(LIMIT, str(value))\n", "        pass\n"),
    _broken("limits", "nothing written, but said to be", "        files.write(LIMIT, str(value))\n",
            "        return value\n"),
    _broken("limits", "the value written that was there", "str(value)", "str(_limit())"),
    _broken("limits", "written on the host",
            "inside = box.call(_set_limit, value)", "inside = outside.call(_set_limit, value)"),
    _broken("limits", "host afterwards: what was read before", "after = outside.call(_limit)", "after = before"),
    _broken("limits", "host afterwards: read inside", "after = outside.call(_limit)", "after = box.call(_limit)"),
    _broken("signals", "treatment dropped", _WAITER, _WAITER.replace("ipc=treated", "")),
    _broken("signals", "no signal sent, but said to be", "answer(process.kill, pid, signal.SIGUSR1)", '"ok"'),
    _broken("signals", "no signal sent, only asked whether one may be", "answer(process.kill, pid, signal.SIGUSR1)",
            "answer(process.kill, pid, 0)"),
    _broken("signals", "sent from the host", "with box.clone(_send_signal", "with outside.clone(_send_signal"),
    _broken("signals", "another sends one first", "        with box.clone(_send_signal",
            "        waiter.kill(signal.SIGUSR1)\n        with box.clone(_send_signal"),
    _broken("signals", "the receiver is inside as well", _WAITER,
            "with outside.sandbox(ipc=treated) as box, box.clone(_wait_for_signal, stream=False) as waiter:"),
    _broken("signals", "arrival: a constant, and no signal sent",
            "    came = signal.sigtimedwait({signal.SIGUSR1}, WAIT - 1)\n",
            '    return "arrived", None, ns.inode("ipc")\n'),
    _broken("signals", "sent too late", "        with box.clone(_send_signal",
            "        waiter.result(WAIT)\n        with box.clone(_send_signal"),
)  # fmt: skip
