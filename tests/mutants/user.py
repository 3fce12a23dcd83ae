"""Broken variants of the demo of user namespaces. None may act on the host as root: all still become ordinary first."""

from tests.mutants import Mutant, edit

FILE = "nslab/namespaces/user/experiment.py"
UNSHARE = "    ns.unshare(NEWUSER if treated else CloneFlag(0))\n"
DROPPED = "    ns.unshare(CloneFlag(0))\n    treated = False\n"
MAPS = "    if treated and inside is not None:\n"


def _m(part: str, about: str, old: str, new: str, survives: str = "") -> Mutant:
    return Mutant(part, about, edit(FILE, old, new), survives)


MUTANTS = (
    _m("root", "action skipped: no map", MAPS, "    if False:\n"),
    _m(
        "root",
        "the uid replaced by 0",
        'said["before"]["uid"], said["uid"], uid, OnlyInside',
        'said["before"]["uid"], 0, uid, OnlyInside',
    ),
    _m("root", "the owner replaced by 0", 'said["owner"], owner, OnlyInside', "0, owner, OnlyInside"),
    _m(
        "root",
        "wrong place: the host's owner read inside",
        "os.stat(f\"/proc/{child.pid}/fd/{said['fd']}\").st_uid",
        'said["owner"]',
    ),
    _m(
        "root",
        "wrong place: the host's uid read inside",
        "uid, owner = _uid_of(child), os",
        'uid, owner = said["uid"], os',
    ),
    _m(
        "root",
        "wrong time: before is read afterwards",
        'before = {"uid": os.getuid(), "owner"',
        '_new_user_namespace(treated, inside); before = {"uid": os.getuid(), "owner"',
    ),
    _m(
        "root",
        "wrong time: inside is read before",
        '    _new_user_namespace(treated, inside)\n    fd = os.memfd_create("nslab")\n    tell',
        '    fd = os.memfd_create("nslab")\n    uid = os.getuid()\n    os.getuid = lambda: uid\n'
        "    _new_user_namespace(treated, inside)\n    tell",
    ),
    _m("root", "wrong process: not an ordinary user's", "        caps.become(ORDINARY)\n", "        pass\n"),
    _m("overflow", "action skipped: with a map", "args=(_be_seen, (treated, None))", "args=(_be_seen, (treated, 0))"),
    _m(
        "overflow",
        "the uid replaced by the overflow uid",
        'said["before"]["uid"], said["uid"], uid, nobody',
        'said["before"]["uid"], overflow, uid, nobody',
    ),
    _m(
        "overflow",
        "the owner replaced by the overflow uid",
        'passwd_before, said["passwd"], passwd_after',
        "passwd_before, overflow, passwd_after",
    ),
    _m(
        "overflow",
        "wrong place: the host's uid read inside",
        "uid, passwd_after = _uid_of(child), os",
        'uid, passwd_after = said["uid"], os',
    ),
    _m(
        "overflow",
        "wrong place: the host's owner read inside",
        "uid, passwd_after = _uid_of(child), os.stat(PASSWD).st_uid",
        'uid, passwd_after = _uid_of(child), said["passwd"]',
    ),
    _m(
        "overflow",
        "wrong place: its owner read on the host",
        'passwd_before, said["passwd"], passwd_after',
        "passwd_before, os.stat(PASSWD).st_uid, passwd_after",
    ),
    _m(
        "limits",
        "answers replaced by what is expected",
        "label, NOT_ASKED, answers[key], NOT_ASKED, Is(expected), decisive)\n\n\ndef",
        "label, NOT_ASKED, expected, NOT_ASKED, Is(expected), decisive)\n\n\ndef",
    ),
    _m("limits", "action skipped: EPERM instead of trying", "answers[key] = answer(action)", 'answers[key] = "EPERM"'),
    _m(
        "limits",
        "action skipped: what is expected instead of trying",
        "answers[key] = answer(action)",
        "answers[key] = _TRIED[key][2]",
    ),
    _m(
        "limits",
        "action skipped: no namespaces of its own",
        "            answer(ns.unshare, CloneFlag.CLONE_NEWUTS | CloneFlag.CLONE_NEWNS)\n",
        "            pass\n",
    ),
    _m(
        "limits",
        "wrong time: all in namespaces of its own",
        "        if key == OWN:\n",
        '        if key == "hostname":\n',
    ),
    _m(
        "limits",
        "wrong place: only the name is its own",
        "CloneFlag.CLONE_NEWUTS | CloneFlag.CLONE_NEWNS)",
        "CloneFlag.CLONE_NEWUTS)",
    ),
    _m("limits", "action skipped: no mount", '    mount.mount("nslab", "/mnt", "tmpfs")', '    raise OSError(1, "")'),
    _m(
        "limits",
        "action skipped: no mknod",
        "    nodes.mknod(path, kind | 0o600, os.makedev(1, 3))\n",
        '    open(path, "w").close()\n',
    ),
    _m(
        "limits",
        "action skipped: no clock is set",
        "    clocks.settime(name, clocks.read(name))\n",
        '    raise OSError(1, "")\n',
    ),
    _m("limits", "action skipped: no name is set", "    uts.sethostname(uts.hostname())\n", "    uts.hostname()\n"),
    *(
        _m(part, "treatment dropped", UNSHARE, DROPPED)
        for part in ("root", "maps", "overflow", "capabilities", "limits", "exec", "setns", "nesting")
    ),
    _m("maps", "action skipped: no map", MAPS, "    if False:\n"),
    _m("maps", "action skipped: setgroups is not denied", '((inside, gid, 1),), "deny")', "((inside, gid, 1),), None)"),
    _m(
        "maps",
        "readings replaced by what is expected",
        "before[i], inside[i], after[i], expected[i]",
        'before[i], (f"0 {own[0]} 1", f"0 {own[1]} 1", "deny")[i], after[i], expected[i]',
    ),
    _m(
        "maps",
        "wrong place: the host's maps read inside",
        "    after = _read_maps()\n",
        "    after = inside\n",
    ),
    _m(
        "maps",
        "wrong time: read before the namespace",
        "    own = os.geteuid(), os.getegid()\n",
        '    own = os.geteuid(), os.getegid()\n    return own, [files.read("/proc/self/uid_map")] * 3\n',
    ),
    _m("maps", "action skipped: setgroups(0)", "return answer(caps.setgroups, [0])", 'return "EPERM"'),
    _m(
        "maps",
        "action skipped: setgroups is not denied before gid_map",
        '    answer(files.write, "/proc/self/setgroups", "deny")\n',
        "",
    ),
    _m(
        "maps",
        "wrong time: setgroups denied at first",
        "    early = answer(idmap",
        '    answer(files.write, "/proc/self/setgroups", "deny")\n    early = answer(idmap',
    ),
    _m(
        "maps",
        "action skipped: gid_map is not written late",
        "    late = answer(idmap.write_maps, os.getpid(), (), ((0, gid, 1),))\n",
        '    late = "ok"\n',
    ),
    _m(
        "maps",
        "action skipped: root does not write the map",
        '        answer(idmap.write_maps, child.pid, one, one, "allow")\n',
        "",
    ),
    _m("maps", "wrong value: root denies it", 'one, one, "allow")', 'one, one, "deny")'),
    _m(
        "capabilities",
        "reading replaced by all there are",
        'capabilities in effect", before, inside, after',
        'capabilities in effect", before, caps.all_there_are(), after',
    ),
    _m(
        "capabilities",
        "wrong place: the host's read inside",
        "after, _ = _ask(outside, _count, False)",
        "after, _ = _ask(outside, _count, treated)",
    ),
    _m("capabilities", "wrong process: root's", "        caps.become(ORDINARY)\n", "        pass\n"),
    _m(
        "capabilities",
        "wrong time: counted before",
        "def _count(treated: bool) -> int:\n    _new_user_namespace(treated)\n    return caps.in_effect()",
        "def _count(treated: bool) -> int:\n    n = caps.in_effect()\n    _new_user_namespace(treated)\n    return n",
    ),
    _m(
        "exec",
        "action skipped: no execve()",
        'subprocess.run(["grep", "CapEff", "/proc/self/status"], capture_output=True, text=True, check=True).stdout',
        'next(x for x in open("/proc/self/status") if x.startswith("CapEff"))',
    ),
    _m(
        "exec",
        "readings replaced by what is expected",
        "label, NOT_ASKED, seen, NOT_ASKED",
        "label, NOT_ASKED, expected, NOT_ASKED",
    ),
    _m("exec", "wrong id: root also for the other", '("other", inside, 0)', '("other", 0, 0)'),
    _m(
        "exec",
        "wrong place: read of the parent",
        '"/proc/self/status"], capture',
        'f"/proc/{os.getpid()}/status"], capture',
    ),
    _m(
        "exec",
        "what execve() left replaced by 0",
        "return caps.in_effect(), int(line.split()[1], 16).bit_count()",
        "return caps.in_effect(), 0",
    ),
    _m(
        "setns",
        "readings replaced by what is expected",
        "label, NOT_ASKED, answers[key], NOT_ASKED, Is(expected), decisive)\n    yield",
        "label, NOT_ASKED, expected, NOT_ASKED, Is(expected), decisive)\n    yield",
    ),
    _m(
        "setns",
        "action skipped: the parent does not join",
        '    answers["child"] = answer(ns.setns, siblings, NEWUSER)\n',
        '    answers["child"] = "ok"\n',
    ),
    _m(
        "setns",
        "action skipped: the child does not ask",
        "tell([answer(ns.setns, fd, NEWUSER) for",
        'tell([("EPERM" if fd != own else "EINVAL") for',
    ),
    _m(
        "setns",
        "wrong place: the sibling's asked for twice",
        "for fd in (parents, siblings, own)])",
        "for fd in (parents, siblings, siblings)])",
    ),
    _m(
        "setns",
        "wrong place: the parent joins its own",
        "answer(ns.setns, siblings, NEWUSER)\n    with",
        "answer(ns.setns, parents, NEWUSER)\n    with",
    ),
    _m(
        "setns",
        "wrong time: capabilities counted before",
        "    sibling, siblings = _fork_into_namespace(treated)\n",
        "    had = caps.in_effect()\n    caps.in_effect = lambda: had\n"
        "    sibling, siblings = _fork_into_namespace(treated)\n",
    ),
    _m(
        "setns",
        "wrong place: the sibling is in no namespace of its own",
        "        process.die_with_parent()\n        _new_user_namespace(treated)",
        "        process.die_with_parent()\n        _new_user_namespace(False)",
    ),
    _m("nesting", "levels replaced by 33", "before, inside, after, OneOf(LEVELS)", "before, 33, after, OneOf(LEVELS)"),
    _m(
        "nesting",
        "the refusal replaced by a constant",
        'NOT_ASKED, said["refusal"], NOT_ASKED',
        'NOT_ASKED, "ENOSPC", NOT_ASKED',
    ),
    _m("nesting", "action skipped: stops before", "range(DEEP)", "range(20)"),
    _m(
        "nesting",
        "action skipped: only one level",
        "            _new_user_namespace(treated)\n        except",
        "            _new_user_namespace(treated and refusal == NOT_ASKED)\n        except",
    ),
    _m(
        "nesting",
        "wrong process: the host's own levels",
        "inside, after = _levels_below(child.pid),",
        "inside, after = _levels_below(),",
    ),
)
