"""Broken variants of nslab.namespaces.cgroup."""

from tests.mutants import Mutant, edit

FILE = "nslab/namespaces/cgroup/experiment.py"


def _broken(part: str, about: str, old: str, new: str) -> Mutant:
    return Mutant(part, about, edit(FILE, old, new))


_OWN = """    with outside.sandbox(cgroup=treated) as box:
        before, inside, after = (place.call(_path_and_inode, "self", hierarchy) for place in (outside, box, outside))
"""
_ABOVE = """    with outside.sandbox(cgroup=treated) as box:
        before, inside, after = (place.call(_path_and_inode, 1, hierarchy) for place in (outside, box, outside))
"""
_MOUNT = 'refused = answer(cgroupfs.mount_hierarchy, hierarchy, "/mnt")'
_INSIDE = "inside, ns_inside = box.call(_mount_and_look, hierarchy, path)"
_AFTER = "after, ns_after = outside.call(_top, point, path)"
_FLAGS = "flags = (CloneFlag.CLONE_NEWCGROUP,) if treated else ()"
_CLONE = 'inside = outside.clone(ns.inode, *flags, args=("cgroup",), stream=False).result()'

MUTANTS = (
    _broken("own", "treatment dropped", _OWN, _OWN.replace("cgroup=treated", "")),
    _broken("own", "another namespace", _OWN, _OWN.replace("cgroup=treated", "uts=treated")),
    _broken("own", "inside: a constant", _OWN, _OWN + '        inside = "/", inside[1]\n'),
    _broken("own", "inside: read on the host", _OWN, _OWN.replace("box, outside", "outside, outside")),
    _broken("own", "the host's: read inside", _OWN, _OWN.replace("(outside, box, outside)", "(box, box, box)")),
    _broken("own", "process 1 in place of itself", _OWN, _OWN.replace('"self"', "1")),
    _broken("own", "inode read on the host",
            'yield own_namespace("cgroup", before[1], inside[1], after[1])\n    yield Row("own"',
            'yield own_namespace("cgroup", before[1], after[1], after[1])\n    yield Row("own"'),
    _broken("above", "treatment dropped", _ABOVE, _ABOVE.replace("cgroup=treated", "")),
    _broken("above", "inside: a constant", _ABOVE, _ABOVE + '        inside = "/..", inside[1]\n'),
    _broken("above", "inside: read on the host", _ABOVE, _ABOVE.replace("box, outside", "outside, outside")),
    _broken("above", "host afterwards: read inside", _ABOVE, _ABOVE.replace("box, outside", "box, box")),
    _broken("above", "itself in place of process 1", _ABOVE, _ABOVE.replace("_inode, 1,", '_inode, "self",')),
    _broken("mount", "treatment dropped", "outside.sandbox(cgroup=treated, mnt=True)", "outside.sandbox(mnt=True)"),
    _broken("mount", "nothing mounted", _MOUNT, 'refused = "ok"'),
    _broken("mount", "nothing mounted, the host's mount looked at",
            _INSIDE, "inside, ns_inside = box.call(_top, point, path)"),
    _broken("mount", "nothing mounted, one's own cgroup on the host looked at", _INSIDE,
            "inside, ns_inside = box.call(_top, point + path, path)"),
    _broken("mount", "inside: a constant", _INSIDE, _INSIDE + "\n        inside = OWN"),
    _broken("mount", "host afterwards: a look inside",
            _AFTER, 'after, ns_after = box.call(_mount_and_look, hierarchy, path)'),
    _broken("mount", "host afterwards: one's own cgroup looked at", _AFTER,
            "after, ns_after = outside.call(_top, point + path, path)"),
    _broken("mount", "what the top is: always one's own", 'for below, meaning in (("", OWN), (path, WHOLE)):',
            'for below, meaning in (("", OWN), (path, OWN)):'),
    _broken("inode", "treatment dropped", _FLAGS, "flags = ()"),
    _broken("inode", "another namespace", _FLAGS, _FLAGS.replace("NEWCGROUP", "NEWIPC")),
    _broken("inode", "the control treated as well", _FLAGS, "flags = (CloneFlag.CLONE_NEWCGROUP,)"),
    _broken("inode", "inside: a constant", _CLONE, "inside = 4026532999"),
    _broken("inode", "inside: read on the host", _CLONE, 'inside = outside.call(ns.inode, "cgroup")'),
    _broken("inode", "inside: another type read", _CLONE, _CLONE.replace('"cgroup"', '"uts"')),
    _broken("inode", "the host read inside", 'after = outside.ns["cgroup"]', "after = inside"),
)  # fmt: skip
