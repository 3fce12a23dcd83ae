"""Broken variants of the demo of mount namespaces."""

from __future__ import annotations

from tests.mutants import Mutant, edit

FILE = "nslab/namespaces/mnt/experiment.py"
LOOK = "outside.call(_look_and_size, TOP)"
BIND = 'box.call(mount.mount, f"{TOP}/parent", f"{TOP}/other", None, int(MountFlag.MS_BIND))'
LOOKS = 'inside, after = box.call(_look, f"{TOP}/other"), outside.call(_look, f"{TOP}/other")'
LAYERS = "inside, after = box.call(_layers), outside.call(_layers)"
APPEND = 'box.call(_append, f"{TOP}/merged/file", "+new")'
PROPAGATION = ("private", "shared", "slave", "unbindable")


def _mutant(part: str, about: str, old: str, new: str, survives: str = "") -> Mutant:
    return Mutant(part, about, edit(FILE, old, new), survives)


def _each(about: str, old: str, new: str) -> tuple[Mutant, ...]:
    """The same edit for each propagation type, since their parts share one function."""
    return tuple(_mutant(part, about, old, new) for part in PROPAGATION)


MUTANTS = (
    _mutant(
        "tmpfs",
        "treatment dropped",
        f"{LOOK}\n    with outside.sandbox(mnt=treated) as box",
        # On a stand-in, so that a broken variant mounts nothing on the machine that it runs on.
        f"{LOOK}\n    with outside.sandbox(mnt=True) as outside, outside.sandbox(mnt=False) as box",
    ),
    _mutant("tmpfs", "action skipped", "box.call(_mount_marked, TOP, size)", "box.call(_look, TOP)"),
    _mutant(
        "tmpfs",
        "action skipped, and its readings constants",
        "box.call(_mount_marked, TOP, size)\n        inside, size_inside = box.call(_look_and_size, TOP)",
        "inside, size_inside = 'there', size",
    ),
    _mutant(
        "tmpfs",
        "the host's reading a constant",
        f"after, size_after = {LOOK}",
        "after, size_after = 'absent', size_before",
    ),
    _mutant(
        "tmpfs",
        "the host's second reading is its first",
        f"after, size_after = {LOOK}",
        "after, size_after = before, size_before",
    ),
    _mutant(
        "tmpfs",
        "wrong place: the host is read inside",
        f"after, size_after = {LOOK}",
        "after, size_after = box.call(_look_and_size, TOP)",
    ),
    _mutant(
        "tmpfs",
        "wrong time: the host is read before the mount",
        "box.call(_mount_marked, TOP, size)",
        f"early = {LOOK}; outside.call = lambda *a: early; box.call(_mount_marked, TOP, size)",
    ),
    *_each(
        "treatment dropped",
        'outside.sandbox(mnt=treated, propagation="unchanged" if treated else None) as box',
        "outside.sandbox(mnt=False) as box",
    ),
    *_each(
        "type never set", '    mount.set_propagation(f"{TOP}/parent", kind)\n    return _view()', "    return _view()"
    ),
    *_each("nothing mounted on the host", 'outside.call(_mount_marked, f"{TOP}/parent/host")', "outside.call(_view)"),
    *_each("nothing mounted inside", "inside = box.call(_mount_and_view)", "inside = box.call(_view)"),
    *_each(
        "wrong place: the mount inside is made on the host",
        "inside = box.call(_mount_and_view)",
        "outside.call(_mount_and_view); inside = box.call(_view)",
    ),
    *_each(
        "wrong time: the host is read before the mount inside",
        "inside = box.call(_mount_and_view)\n        after = outside.call(_view)",
        "after = outside.call(_view)\n        inside = box.call(_mount_and_view)",
    ),
    *_each("the host's second reading is its first", "after = outside.call(_view)", "after = before"),
    *_each(
        "wrong place: the inside is read on the host",
        "inside = box.call(_mount_and_view)",
        "box.call(_mount_and_view); inside = outside.call(_view)",
    ),
    *_each(
        "what is seen inside a constant, and the rest read on the host",
        "inside = box.call(_mount_and_view)",
        'box.call(_mount_and_view)\n        inside = outside.call(_view)._replace(host=_words(arrives), box="seen")',
    ),
    _mutant(
        "shared",
        "private in place of shared",
        '_propagation(outside, treated, "shared", True, True)',
        '_propagation(outside, treated, "private", True, True)',
    ),
    _mutant("slave", "the slave stays a peer", "box.call(_set_type, kind)", "box.call(_view)"),
    _mutant(
        "slave", "wrong place: the host is made the slave", "box.call(_set_type, kind)", "outside.call(_set_type, kind)"
    ),
    _mutant(
        "unbindable",
        "the bind mount a constant",
        "bound = outside.call(_bind_parent)\n",
        'bound = "EINVAL"\n',
        survives="what mount(2) refuses leaves nothing to read, and it refuses the same without a namespace",
    ),
    _mutant(
        "unbindable",
        "wrong time: the bind mount is asked once, before",
        "bound = outside.call(_bind_parent)\n",
        "bound = bound_before\n",
    ),
    _mutant(
        "bind",
        "treatment dropped",
        'before = outside.call(_look, f"{TOP}/other")\n    with outside.sandbox(mnt=treated) as box',
        'before = outside.call(_look, f"{TOP}/other")\n    with outside.sandbox(mnt=False) as box',
    ),
    _mutant("bind", "action skipped", BIND, "box.call(os.getpid)"),
    _mutant("bind", "no file in the directory", 'outside.call(_mark, f"{TOP}/parent")', "outside.call(os.getpid)"),
    _mutant("bind", "wrong place: bound on the host", BIND, BIND.replace("box.", "outside.")),
    _mutant(
        "bind", "the host's reading a constant", LOOKS, 'inside, after = box.call(_look, f"{TOP}/other"), "absent"'
    ),
    _mutant("bind", "wrong time: inside is read after the sandbox is gone", LOOKS, 'inside, after = "there", before'),
    _mutant(
        "overlay",
        "treatment dropped",
        "before = outside.call(_layers)\n    with outside.sandbox(mnt=treated) as box",
        "before = outside.call(_layers)\n    with outside.sandbox(mnt=False) as box",
    ),
    _mutant("overlay", "nothing written", APPEND, "box.call(_layers)"),
    _mutant(
        "overlay", "wrong place: written to the upper layer", APPEND, 'box.call(_append, f"{TOP}/upper/file", "+new")'
    ),
    _mutant(
        "overlay", "wrong place: written to the lower layer", APPEND, 'box.call(_append, f"{TOP}/lower/file", "+new")'
    ),
    _mutant(
        "overlay",
        "not mounted",
        'return answer(mount.mount, "nslab", f"{TOP}/merged", "overlay", 0, f"{layers},userxattr")',
        'return "ok"',
    ),
    _mutant("overlay", "the host's second reading is its first", LAYERS, "inside, after = box.call(_layers), before"),
    _mutant(
        "overlay",
        "wrong place: the host is read inside",
        LAYERS,
        "inside, after = box.call(_layers), box.call(_layers)",
    ),
    _mutant(
        "overlay", "wrong time: read before the write", f"{APPEND}\n        {LAYERS}", f"{LAYERS}\n        {APPEND}"
    ),
    _mutant(
        "jails",
        "treatment dropped",
        'before = outside.call(_directory, "/")\n    with outside.sandbox(mnt=treated) as box',
        'before = outside.call(_directory, "/")\n    with outside.sandbox(mnt=False) as box',
    ),
    _mutant("jails", "no second chroot", '    roots.chroot("/deeper")\n', ""),
    _mutant("jails", "no walk up", '    for _ in range(64):\n        os.chdir("..")\n', ""),
    _mutant("jails", "a walk too short", "range(64)", "range(1)"),
    _mutant("jails", "no last chroot", '    roots.chroot(".")\n', ""),
    _mutant(
        "jails",
        "the escape is not tried out of pivot_root",
        'return _directory("/"), _escape()',
        'return _directory("/"), (_directory("/"),) * 3',
    ),
    _mutant(
        "jails",
        "the walk is not tried out of pivot_root",
        'return _directory("/"), _escape()',
        'roots.chroot("/deeper"); os.chdir = lambda path: None; return _directory("/"), _escape()',
    ),
    _mutant(
        "jails",
        "chroot in place of pivot_root",
        'mount.pivot_root(f"{TOP}/jail", f"{TOP}/jail/old")',
        'roots.chroot(f"{TOP}/jail")',
    ),
    _mutant(
        "jails",
        "pivot_root skipped",
        "pivoted, held = box.call(_in_pivot_root)",
        'pivoted, held = box.call(_directory, "/"), box.call(_in_chroot)',
    ),
    _mutant(
        "jails",
        "wrong time: the host's root is read before",
        '        after = outside.call(_directory, "/")\n',
        "        after = before\n",
    ),
    _mutant(
        "jails",
        "wrong place: the host's root is read inside",
        '        after = outside.call(_directory, "/")\n',
        '        after = box.call(_directory, "/")\n',
    ),
    _mutant(
        "jails",
        "wrong place: another directory than the root is read",
        'return _directory("/"), _escape()',
        'return _directory("/deeper"), _escape()',
    ),
)
