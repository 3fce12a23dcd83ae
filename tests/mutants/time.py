"""Broken variants of nslab.namespaces.time."""

from tests.mutants import Mutant, edit

FILE = "nslab/namespaces/time/experiment.py"


def _broken(part: str, about: str, old: str, new: str) -> Mutant:
    return Mutant(part, about, edit(FILE, old, new))


_SHIFT = "return outside.sandbox(time=treated, **(offsets if treated else {}))"
_CLOCKS = "before, inside, after = (place.call(_clocks) for place in (outside, box, outside))"
_ROUND = "first, second, third = (round(seen[name], DIGITS) for seen in (before, inside, after))"
_APART = "before, inside, after = (_apart(outside, place) for place in (outside, box, outside))"
_TWICE = """    entered = _seen_by_a_child() if enter else NOT_ASKED
    late = answer(timens.write_offsets, 0, LATE)
"""
_UNSHARE = "    if treated:\n        ns.unshare(CloneFlag.CLONE_NEWTIME)\n"
_LOOK = _UNSHARE + "    return *_both_inodes(), _seen_by_a_child()\n"

MUTANTS = (
    _broken("offsets", "treatment dropped", _SHIFT, "return outside.sandbox()"),
    _broken("offsets", "no offsets given", _SHIFT, "return outside.sandbox(time=treated)"),
    _broken("offsets", "the boot-time clock only", _SHIFT,
            'return outside.sandbox(time=treated, **({"boottime": offsets["boottime"]} if treated else {}))'),
    _broken("offsets", "the offsets of each other",
            "_shifted(outside, treated, boottime=boottime, monotonic=monotonic)",
            "_shifted(outside, treated, boottime=monotonic, monotonic=boottime)"),
    _broken("offsets", "a second off", "_shifted(outside, treated, boottime=boottime, monotonic=monotonic)",
            "_shifted(outside, treated, boottime=boottime + 1, monotonic=monotonic)"),
    _broken("offsets", "inside: read on the host", _CLOCKS, _CLOCKS.replace("box", "outside")),
    _broken("offsets", "inside: computed of what the host said", _ROUND, _ROUND + "\n        second = first + offset"),
    _broken("offsets", "host afterwards: read before inside", _CLOCKS,
            "before, after, inside = (place.call(_clocks) for place in (outside, outside, box))"),
    _broken("offsets", "host before: read afterwards", _CLOCKS,
            "inside, before, after = (place.call(_clocks) for place in (box, outside, outside))"),
    _broken("offsets", "host afterwards: read inside", _CLOCKS, _CLOCKS.replace("box, outside", "box, box")),
    _broken("difference", "treatment dropped", _SHIFT, "return outside.sandbox()"),
    _broken("difference", "no offsets given", _SHIFT, "return outside.sandbox(time=treated)"),
    _broken("difference", "a second off", "_shifted(outside, treated, boottime=boottime) as",
            "_shifted(outside, treated, boottime=boottime + 1) as"),
    _broken("difference", "all constants", _APART, "before, inside, after = 0, boottime, 0"),
    _broken("difference", "inside: read on the host", _APART, _APART.replace("box", "outside")),
    _broken("difference", "the host's clock read inside", "theirs = host.call(", "theirs = place.call("),
    _broken("difference", "the host's difference read inside",
            _APART, _APART.replace("(outside, box, outside)", "(box, box, box)")),
    _broken("difference", "another clock read", 'return round(place.call(clocks.read, "boottime")',
            'return round(place.call(clocks.read, "realtime")'),
    _broken("late", "treatment dropped: no process enters", "_seen_by_a_child() if enter else NOT_ASKED", "NOT_ASKED"),
    _broken("late", "a look at the namespace, which nobody enters", "_seen_by_a_child() if enter",
            'ns.inode("time_for_children") if enter'),
    _broken("late", "the control has a process inside as well",
            "_seen_by_a_child() if enter else NOT_ASKED", "_seen_by_a_child()"),
    _broken("late", "no namespace", "    ns.unshare(CloneFlag.CLONE_NEWTIME)\n    early", "    early"),
    _broken("late", "the first write skipped", "early = answer(timens.write_offsets, 0, EARLY)", 'early = "ok"'),
    _broken("late", "the second write skipped", "late = answer(timens.write_offsets, 0, LATE)", 'late = "EACCES"'),
    _broken("late", "the second write skipped, the answers right in both runs",
            "late = answer(timens.write_offsets, 0, LATE)", 'late = "EACCES" if enter else "ok"'),
    _broken("late", "the second write comes before the process", _TWICE, "".join(reversed(_TWICE.splitlines(True)))),
    _broken("late", "the offset: a constant", 'return early, entered, late, _offset("boottime")',
            "return early, entered, late, EARLY"),
    _broken("late", "the other clock's offset read", '_offset("boottime")\n', '_offset("monotonic")\n'),
    _broken("children", "treatment dropped", _UNSHARE, ""),
    _broken("children", "another namespace made", _UNSHARE, _UNSHARE.replace("NEWTIME", "NEWUTS")),
    _broken("children", "the control treated as well", _UNSHARE, "    ns.unshare(CloneFlag.CLONE_NEWTIME)\n"),
    _broken("children", "the caller moves as well", _UNSHARE, "    if treated:\n        timens.enter_new(0, 10)\n"),
    _broken("children", "read before unshare()", _LOOK,
            "    seen = *_both_inodes(), _seen_by_a_child()\n" + _UNSHARE + "    return seen\n"),
    _broken("children", "the child asked before unshare()", _LOOK,
            "    child = _seen_by_a_child()\n" + _UNSHARE + "    return *_both_inodes(), child\n"),
    _broken("children", "its children's: a constant", "    return *_both_inodes(), _seen_by_a_child()\n",
            "    return ns.inode(\"time\"), 4026532999, _seen_by_a_child()\n"),
    _broken("children", "both of the caller's", 'return ns.inode("time"), ns.inode("time_for_children")',
            'return ns.inode("time"), ns.inode("time")'),
)  # fmt: skip
