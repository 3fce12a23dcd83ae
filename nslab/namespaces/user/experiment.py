"""User namespaces: root inside, nobody in particular outside (user_namespaces(7))."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from nslab.errors import Unsupported, checked_whole
from nslab.experiment.evidence import Evidence, Row
from nslab.experiment.expect import NOT_ASKED, Exactly, Is, Isolated, OneOf, OnlyInside
from nslab.experiment.parts import Part, Seen
from nslab.kernels.elsewhere import elsewhere
from nslab.lab.client.child import Child
from nslab.lab.client.place import Place
from nslab.linux import caps, clocks, files, idmap, mount, nodes, ns, process, trace, uts
from nslab.linux.flags import CloneFlag
from nslab.linux.forked import Tell, telling
from nslab.linux.libc import answer
from nslab.namespaces.run import own_namespace, run
from nslab.namespaces.told import STAY, tell, tell_and_stay, told

CLAIM = "In a user namespace an ordinary user is root, with every capability, and still nobody in particular outside."
ORDINARY = 1000
"""The uid that stands for an ordinary user where nslab is run by root."""
PASSWD = "/etc/passwd"
SETGROUPS, DENIED = "/proc/self/setgroups", "deny"
DEEP = 40
LEVELS = (32, 33)
"""How many levels can be below this one: 33 below the first user namespace, 32 on a machine that is itself in another
one."""
MAPPED_WITHIN = 30.0
"""Seconds in which a map is there that another process writes."""
NEWUSER = CloneFlag.CLONE_NEWUSER


@elsewhere
def demo(inside: int = 1000, only: str | Sequence[str] | None = None) -> Evidence:
    """Give an ordinary user's process a user namespace, and ask what it may.

    `inside`: the id that is not root in the part "exec", 1 to 65533. `only`: the names of PARTS to run.
    Root's processes become uid 1000 first, so that nothing here has a privilege on the host.
    Raises TypeError, ValueError, `nslab.Unsupported`. Source: user_namespaces(7), capabilities(7).
    """
    inside = checked_whole("inside", inside, 1, 65533)
    return run("user", CLAIM, PARTS, only, {"inside": inside}, standin={})


# -- becoming root inside --------------------------------------------------------------------------------


def _ordinary() -> None:
    if os.geteuid() == 0:
        caps.become(ORDINARY)


def _new_user_namespace(treated: bool, inside: int | None = 0) -> None:
    """Enter a user namespace in which this process is `inside` (None: without a map); without the treatment, none."""
    uid, gid = os.geteuid(), os.getegid()
    ns.unshare(NEWUSER if treated else CloneFlag(0))
    if treated and inside is not None:
        idmap.write_maps(os.getpid(), ((inside, uid, 1),), ((inside, gid, 1),), "deny")


def _ask(outside: Place, function: Callable[..., Any], *args: Any) -> tuple[Any, int]:
    """Call a function in a process that is an ordinary user; return its answer, and the user namespace it ended in."""
    said, inode = outside.clone(_as_ordinary, args=(function, args), stream=False).result()
    return said, inode


def _as_ordinary(function: Callable[..., Any], args: Sequence[Any]) -> tuple[Any, int]:
    _ordinary()
    return function(*args), ns.inode("user")


# -- who it is -------------------------------------------------------------------------------------------


def _root(outside: Place, treated: bool) -> Iterator[Row]:
    ns_before = outside.ns["user"]
    with outside.clone(_as_ordinary, args=(_be_seen, (treated, 0)), stream=False) as child:
        said = told(child)
        # The same process and the same file, as the host sees them.
        uid, owner = _uid_of(child), os.stat(f"/proc/{child.pid}/fd/{said['fd']}").st_uid
        yield own_namespace("user", ns_before, said["ns"], outside.ns["user"])
    yield Row("uid", "uid of the process", said["before"]["uid"], said["uid"], uid, OnlyInside(0))
    yield Row("owner", "owner of a file that it makes", said["before"]["owner"], said["owner"], owner, OnlyInside(0))


def _be_seen(treated: bool, inside: int | None) -> None:
    """Tell who this is, before and in a user namespace, and stay there."""
    before = {"uid": os.getuid(), "owner": os.fstat(os.memfd_create("nslab")).st_uid}
    _new_user_namespace(treated, inside)
    fd = os.memfd_create("nslab")
    tell_and_stay(before=before, uid=os.getuid(), fd=fd, owner=os.fstat(fd).st_uid, passwd=os.stat(PASSWD).st_uid,
                  ns=ns.inode("user"))  # fmt: skip


def _uid_of(child: Child) -> int:
    """A child's uid as the host sees it (/proc/PID/status)."""
    return int(process.status(child.pid)["Uid"].split()[0])


# -- its maps --------------------------------------------------------------------------------------------


def _maps(outside: Place, treated: bool) -> Seen:
    seen = Seen(rows=list(_map_rows(outside, treated)))
    if files.read(SETGROUPS) == DENIED:
        already = f"setgroups is denied in this user namespace already ({SETGROUPS}), and so in each one below"
        seen.notes.append(f"{already}: what is said of it before that is left out")
    return seen


def _map_rows(outside: Place, treated: bool) -> Iterator[Row]:
    ns_before = outside.ns["user"]
    before = _read_maps()
    (own, inside), inode = _ask(outside, _own_maps, treated)
    after = _read_maps()
    yield own_namespace("user", ns_before, inode, outside.ns["user"])
    expected = OnlyInside(f"0 {own[0]} 1"), OnlyInside(f"0 {own[1]} 1"), Isolated()
    for i, name in enumerate(("uid_map", "gid_map", "setgroups")):
        if name == "setgroups" and before[i] == DENIED:
            return
        key = name.replace("_", "-")
        yield Row(key, f"/proc/self/{name}", before[i], inside[i], after[i], expected[i])

    # It has to be denied since a process that leaves a group gets at files that are closed to that group.
    (groups, early, late), _ = _ask(outside, _map_groups, treated)
    yield Row("groups", "setgroups(0)", NOT_ASKED, groups, NOT_ASKED, Is("EPERM"), decisive=False)
    yield Row("gid-map-early", "writing gid_map while setgroups is allowed", NOT_ASKED, early, NOT_ASKED, Is("EPERM"),
              decisive=False)  # fmt: skip
    yield Row("gid-map-late", "writing gid_map once setgroups is denied", NOT_ASKED, late, NOT_ASKED, Is("ok"))
    if process.has_capability(process.CAP_SYS_ADMIN):
        said = _groups_allowed(outside, treated)
        yield Row("groups-allowed", "setgroups(0) where one with the privilege allows it", NOT_ASKED, said, NOT_ASKED,
                  Is("ok"))  # fmt: skip


def _own_maps(treated: bool) -> tuple[tuple[int, int], list[str]]:
    """This process's ids outside, and its maps."""
    own = os.geteuid(), os.getegid()
    _new_user_namespace(treated)
    return own, _read_maps()


def _read_maps() -> list[str]:
    return [" ".join(files.read(f"/proc/self/{name}").split()) for name in ("uid_map", "gid_map", "setgroups")]


def _map_groups(treated: bool) -> tuple[str, str, str]:
    """What the kernel says to setgroups(0), and to gid_map before and after setgroups was denied."""
    uid, gid = os.geteuid(), os.getegid()
    _new_user_namespace(treated, inside=None)
    early = answer(idmap.write_maps, os.getpid(), (), ((0, gid, 1),))
    answer(files.write, "/proc/self/setgroups", "deny")
    late = answer(idmap.write_maps, os.getpid(), (), ((0, gid, 1),))
    answer(idmap.write_maps, os.getpid(), ((0, uid, 1),), ())
    return _leave_groups(), early, late


def _groups_allowed(outside: Place, treated: bool) -> str:
    """The same, where root on the host writes the maps and leaves setgroups allowed."""
    with outside.clone(_as_ordinary, args=(_wait_for_a_map, (treated,)), stream=False) as child:
        told(child)
        one = ((0, ORDINARY, 1),)
        answer(idmap.write_maps, child.pid, one, one, "allow")
        said: str = child.result(MAPPED_WITHIN)[0]
    return said


def _wait_for_a_map(treated: bool) -> str:
    _new_user_namespace(treated, inside=None)
    tell(ready=True)
    deadline = time.monotonic() + MAPPED_WITHIN
    while not files.read("/proc/self/gid_map") and time.monotonic() < deadline:
        time.sleep(0.001)
    return _leave_groups()


def _leave_groups() -> str:
    return answer(caps.setgroups, [0])


def _overflow(outside: Place, treated: bool) -> Iterator[Row]:
    overflow = caps.overflow_uid()
    own = ORDINARY if os.geteuid() == 0 else os.geteuid()
    if own == overflow:
        raise Unsupported(
            "the overflow uid, for you", f"your own uid is {overflow}, which also stands for the unmapped",
            "run as another user",
        )  # fmt: skip
    ns_before, passwd_before = outside.ns["user"], os.stat(PASSWD).st_uid
    with outside.clone(_as_ordinary, args=(_be_seen, (treated, None)), stream=False) as child:
        said = told(child)
        uid, passwd_after = _uid_of(child), os.stat(PASSWD).st_uid
        yield own_namespace("user", ns_before, said["ns"], outside.ns["user"])
    nobody, label = OnlyInside(overflow), f"owner of {PASSWD}, whose id is not mapped"
    yield Row("unmapped", "uid of a process without a map", said["before"]["uid"], said["uid"], uid, nobody)
    if passwd_before != overflow:  # else it is not mapped out here either
        yield Row("passwd", label, passwd_before, said["passwd"], passwd_after, nobody)


# -- what it may -----------------------------------------------------------------------------------------


def _capabilities(outside: Place, treated: bool) -> Iterator[Row]:
    ns_before, (before, _) = outside.ns["user"], _ask(outside, _count, False)
    inside, inode = _ask(outside, _count, treated)
    after, _ = _ask(outside, _count, False)
    yield own_namespace("user", ns_before, inode, outside.ns["user"])
    expected = Exactly(0, caps.all_there_are(), 0, "every capability inside, none outside")
    yield Row("capabilities", "capabilities in effect", before, inside, after, expected)


def _count(treated: bool) -> int:
    _new_user_namespace(treated)
    return caps.in_effect()


def _limits(outside: Place, treated: bool) -> Iterator[Row]:
    ns_before = outside.ns["user"]
    answers, inode = _ask(outside, _try_all, treated)
    yield own_namespace("user", ns_before, inode, outside.ns["user"])
    for key, (label, _, expected, decisive) in _TRIED.items():
        yield Row(key, label, NOT_ASKED, answers[key], NOT_ASKED, Is(expected), decisive)


def _rename() -> None:
    uts.sethostname(uts.hostname())


def _mount() -> None:
    mount.mount("nslab", "/mnt", "tmpfs")


def _set_clock(name: str = "realtime") -> None:
    clocks.settime(name, clocks.read(name))


def _make_node(kind: int = stat.S_IFCHR) -> None:
    path = f"/dev/shm/nslab-{os.getpid()}"
    nodes.mknod(path, kind | 0o600, os.makedev(1, 3))
    files.unlink(path)


def _try_all(treated: bool) -> dict[str, str]:
    """What the kernel answers to each of _TRIED. Those from OWN on are tried in namespaces that belong to the user
    namespace.
    """
    _new_user_namespace(treated)
    answers = {}
    for key, (_, action, _, _) in _TRIED.items():
        if key == OWN:
            answer(ns.unshare, CloneFlag.CLONE_NEWUTS | CloneFlag.CLONE_NEWNS)
        answers[key] = answer(action)
    return answers


OWN = "own-hostname"
"""The key of the first one that is tried in namespaces that belong to the user namespace."""
_TRIED: dict[str, tuple[str, Callable[[], None], str, bool]] = {
    "hostname": ("hostname of the host", _rename, "EPERM", False),
    "mounts": ("mounts of the host", _mount, "EPERM", False),
    "clock": ("clock of the host", _set_clock, "EPERM", False),
    "devices": ("devices of the host", _make_node, "EPERM", False),
    # From here on the same calls with the same privilege, and other answers.
    OWN: ("hostname of its own", _rename, "ok", True),
    "own-mounts": ("mounts of its own", _mount, "ok", True),
    "monotonic": ("a clock that nobody can set (CLOCK_MONOTONIC)", lambda: _set_clock("monotonic"), "EINVAL", False),
    "fifo": ("a FIFO, which needs no privilege (mknod)", lambda: _make_node(stat.S_IFIFO), "ok", False),
}
"""Key → what is tried, how, what the kernel says to it in a user namespace, and whether it says otherwise outside."""


def _exec(outside: Place, treated: bool, *, inside: int) -> Iterator[Row]:
    ns_before, every = outside.ns["user"], caps.all_there_are()
    for key, uid, kept in (("root", 0, every), ("other", inside, 0)):
        (before, after), inode = _ask(outside, _exec_as, treated, uid)
        if uid == 0:
            yield own_namespace("user", ns_before, inode, outside.ns["user"])
        for when, seen, expected in (("before", before, every), ("after", after, kept)):
            label = f"capabilities of uid {uid} inside, {when} execve()"
            yield Row(f"{key}-{when}", label, NOT_ASKED, seen, NOT_ASKED, Is(expected), decisive=expected != 0)


def _exec_as(treated: bool, inside: int) -> tuple[int, int]:
    """Capabilities in effect before and after becoming another program."""
    _new_user_namespace(treated, inside)
    line = subprocess.run(["grep", "CapEff", "/proc/self/status"], capture_output=True, text=True, check=True).stdout
    return caps.in_effect(), int(line.split()[1], 16).bit_count()


# -- who may join whom -----------------------------------------------------------------------------------


def _setns(outside: Place, treated: bool) -> Iterator[Row]:
    ns_before = outside.ns["user"]
    (answers, capabilities), inode = _ask(outside, _join_all, treated)
    yield own_namespace("user", ns_before, inode, outside.ns["user"])
    for key, label, expected, decisive in (
        ("child", "setns() from the parent into the child's", "ok", True),
        ("parent", "setns() from the child back to the parent's", "EPERM", True),
        ("sibling", "setns() into a sibling's", "EPERM", True),
        ("self", "setns() into one's own", "EINVAL", False),
    ):
        yield Row(key, label, NOT_ASKED, answers[key], NOT_ASKED, Is(expected), decisive)
    yield Row("joined", "capabilities in the child's, of the parent that has joined it", NOT_ASKED, capabilities,
              NOT_ASKED, Is(caps.all_there_are()))  # fmt: skip


def _join_all(treated: bool) -> tuple[dict[str, str], int]:
    """What the kernel says to each setns(), the last of them this process's own; its capabilities after that."""
    parents = os.open("/proc/self/ns/user", os.O_RDONLY)
    sibling, siblings = _fork_into_namespace(treated)

    def join(tell: Tell) -> None:
        _new_user_namespace(treated)
        own = os.open("/proc/self/ns/user", os.O_RDONLY)
        tell([answer(ns.setns, fd, NEWUSER) for fd in (parents, siblings, own)])

    child, said = telling(join)
    os.waitpid(child, 0)
    answers = dict(zip(("parent", "sibling", "self"), said, strict=True))
    answers["child"] = answer(ns.setns, siblings, NEWUSER)
    with trace.plumbing():
        process.kill(sibling)
    os.waitpid(sibling, 0)
    return answers, caps.in_effect()


def _fork_into_namespace(treated: bool) -> tuple[int, int]:
    """Fork a child that sits in a user namespace; return its pid and a descriptor of that namespace."""

    def stay(tell: Tell) -> None:
        process.die_with_parent()
        _new_user_namespace(treated)
        tell("there")
        time.sleep(STAY)

    child, _ = telling(stay)
    return child, os.open(f"/proc/{child}/ns/user", os.O_RDONLY)


# -- how deep --------------------------------------------------------------------------------------------


def _nesting(outside: Place, treated: bool) -> Iterator[Row]:
    ns_before, before = outside.ns["user"], _levels_below()
    with outside.clone(_as_ordinary, args=(_nest, (treated,)), stream=False) as child:
        said = told(child)
        inside, after = _levels_below(child.pid), _levels_below()
        yield own_namespace("user", ns_before, said["ns"], outside.ns["user"])
    yield Row("levels", "user namespaces inside one another", before, inside, after, OneOf(LEVELS))
    yield Row("one-more", "the kernel's answer to one more", NOT_ASKED, said["refusal"], NOT_ASKED, Is("ENOSPC"))


def _nest(treated: bool) -> None:
    """Go down level by level until the kernel refuses, DEEP times at most, and stay there."""
    refusal = NOT_ASKED
    for _ in range(DEEP):
        try:
            _new_user_namespace(treated)
        except OSError as e:
            refusal = errno.errorcode.get(e.errno or 0, str(e))
            break
        refusal = "ok"
    tell_and_stay(refusal=refusal, ns=ns.inode("user"))


def _levels_below(pid: int | str = "self") -> int:
    """How many levels a process's user namespace is below this one: asked upwards, by NS_GET_PARENT (ioctl_ns(2))."""
    here, levels = ns.inode("user"), 0
    fd = os.open(f"/proc/{pid}/ns/user", os.O_RDONLY)
    while os.fstat(fd).st_ino != here:
        above = ns.related(fd, ns.NS_GET_PARENT)
        os.close(fd)
        fd, levels = above, levels + 1
    os.close(fd)
    return levels


PARTS = (
    Part("root", "one process, two ids", _root),
    Part("maps", "the table that translates", _maps),
    Part("overflow", "who is not in the table is nobody", _overflow),
    Part("capabilities", "every capability, over what the namespace owns", _capabilities),
    Part("limits", "and none over what it does not", _limits),
    Part("exec", "root keeps them across execve(), others lose them", _exec),
    Part("setns", "who may join whom", _setns),
    Part("nesting", "33 levels below the first user namespace, and no more", _nesting),
)
