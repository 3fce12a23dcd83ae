"""Broken variants of nslab.container.images. None of them leaves the mount namespace that stands in for the host."""

from tests.mutants import Mutant, edit

FILE = "nslab/container/images/experiment.py"


def _broken(part: str, about: str, old: str, new: str) -> Mutant:
    return Mutant(part, about, edit(FILE, old, new))


_OVERLAY = '    refused = answer(mount.mount, "nslab", ROOT, "overlay", 0, options)\n'
_BIND = "    refused = answer(mount.mount, IMAGE, ROOT, None, int(MountFlag.MS_BIND))\n"
_MASKS = """        if treated:
            box.call(inside.cover, [MASKED], ["/proc/sys"])
"""

MUTANTS = (
    _broken("copy-up", "treatment dropped: the image itself", _OVERLAY, _BIND),
    _broken("copy-up", "nothing is written", '        box.call(_append, f"{ROOT}/motd", "+new")\n', ""),
    _broken("copy-up", "written to the image", 'box.call(_append, f"{ROOT}/motd", "+new")',
            'box.call(_append, f"{IMAGE}/motd", "+new")'),
    _broken("copy-up", "no chmod", '        box.call(tree.chmod, f"{ROOT}/big", 0o600)\n', ""),
    _broken("copy-up", "inside: what is wanted", 'seen, image_seen = box.call(_both, _text, "motd")',
            'seen, image_seen = "old+new", "old"'),
    _broken("copy-up", "afterwards: what was read before", "        after = outside.call(_copies)\n",
            "        after = before\n"),
    _broken("copy-up", "the size that was asked for, of the image's own file", 'big = f"{UPPER}/big"',
            'big = f"{IMAGE}/big"'),
    _broken("copy-up", "the file that is read is written as well", 'read = box.call(files.read, f"{ROOT}/read")',
            'read = box.call(files.read, f"{ROOT}/read"); box.call(_append, f"{ROOT}/read", "")'),
    _broken("whiteout", "nothing is removed", '        box.call(files.unlink, f"{ROOT}/motd")\n', ""),
    _broken("whiteout", "removed from the image", 'box.call(files.unlink, f"{ROOT}/motd")',
            'box.call(files.unlink, f"{IMAGE}/motd")'),
    _broken("whiteout", "another file removed", 'box.call(files.unlink, f"{ROOT}/motd")',
            'box.call(files.unlink, f"{ROOT}/read")'),
    _broken("whiteout", "inside: a constant", 'seen, image_seen = box.call(_both, _there, "motd")',
            'seen, image_seen = "absent", "there"'),
    _broken("whiteout", "the mark: what was read before",
            'after, upper_after = outside.call(_there, f"{IMAGE}/motd"), outside.call(_kind, f"{UPPER}/motd")',
            'after, upper_after = outside.call(_there, f"{IMAGE}/motd"), upper_before'),
    _broken("opaque", "nothing made anew", 'said = box.call(_make_anew, f"{ROOT}/etc")', 'said = "ok"'),
    _broken("opaque", "made anew in the image", 'box.call(_make_anew, f"{ROOT}/etc")',
            'box.call(_make_anew, f"{IMAGE}/etc")'),
    _broken("opaque", "not removed before", "    shutil.rmtree(directory)\n    said = answer(files.mkdir, directory)\n",
            '    said = "ok"\n'),
    _broken("opaque", "inside: a constant", 'seen, image_seen = box.call(_both, _names, "etc")',
            'seen, image_seen = "new", "hosts passwd"'),
    _broken("opaque", "the mark: what was read before", 'outside.call(_mark, f"{UPPER}/etc")\n    yield',
            "mark_before\n    yield"),
    _broken("opaque", "the mark: a constant", 'return os.getxattr(directory, f"{kind}.overlay.opaque").decode()',
            'return "y"'),
    _broken("unpack", "treatment dropped: both by tar", "unpack = _by_image if treated else _by_tar",
            "unpack = _by_tar"),
    _broken("unpack", "the control treated as well", "unpack = _by_image if treated else _by_tar",
            "unpack = _by_image"),
    _broken("unpack", "the second layer left out", "[FIRST, SECOND]", "[FIRST]"),
    _broken("unpack", "the second layer has no marks", 'SECOND = {".wh.motd": "", "etc/.wh..wh..opq": "", ',
            "SECOND = {"),
    _broken("hostile", "treatment dropped", "    if not careful:\n", "    if True:\n"),
    _broken("hostile", "the control is careful", "    if not careful:\n", "    if False:\n"),
    _broken("hostile", "the tar of an attack is empty", "content = _archive(ATTACKS[name][2])",
            "content = _archive([])"),
    _broken("hostile", "afterwards: what was read before", 'after = outside.call(_text, f"{OUTSIDE}/secret")',
            "after = before"),
    _broken("hostile", "another file is looked at", 'after = outside.call(_text, f"{OUTSIDE}/secret")',
            'after = outside.call(_text, f"{OUTSIDE}/another")'),
    _broken("hostile", "the file that is looked at is made anew before", 
            '        said = outside.call(_attacked, name, treated)\n',
            "        said = outside.call(_attacked, name, treated)\n        outside.call(_make_outside)\n"),
    _broken("masked", "treatment dropped", _MASKS, ""),
    _broken("masked", "the control treated as well", _MASKS, _MASKS.replace("if treated", "if True")),
    _broken("masked", "nothing masked", 'inside.cover, [MASKED], ["/proc/sys"]', 'inside.cover, [], ["/proc/sys"]'),
    _broken("masked", "nothing read-only", 'inside.cover, [MASKED], ["/proc/sys"]', "inside.cover, [MASKED], []"),
    _broken("masked", "the answer a constant", 'box.call(answer, files.write, SETTING, "1")', '"EROFS"'),
    _broken("masked", "covered on the host's side", "box.call(inside.cover,", "outside.call(inside.cover,"),
    _broken("dev", "treatment dropped", "    if not treated:\n        mount.mount(\"/dev\"",
            "    if True:\n        mount.mount(\"/dev\""),
    _broken("dev", "the control treated as well", "    if not treated:\n        mount.mount(\"/dev\"",
            "    if False:\n        mount.mount(\"/dev\""),
    _broken("dev", "inside: a constant", "number, kind, taken = box.call(_count, DEV),", "number, kind, taken = 6,"),
    _broken("dev", "the devices are files of its own",
            '        mount.mount(f"/dev/{name}", f"{DEV}/{name}", None, MountFlag.MS_BIND)\n',
            '        mount.mount(f"{DEV}/null", f"{DEV}/{name}", None, MountFlag.MS_BIND) if name == "no" else None\n'),
    _broken("dev", "the host's directory is counted", "box.call(_count, DEV)", 'box.call(_count, "/dev")'),
    _broken("dev", "one device more", "    for name in profile.DEVICES:\n", 
            '    for name in (*profile.DEVICES, "ptmx"):\n'),
)  # fmt: skip
