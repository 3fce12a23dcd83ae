"""User namespaces: root inside, nobody in particular outside (user_namespaces(7))."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from nslab.errors import Unsupported, checked_whole
from nslab.evidence import ISOLATED, Evidence, Expect, Row, inside_is
from nslab.lab.handle import Child
from nslab.lab.place import Place
from nslab.linux import caps, files, idmap, mount, ns, process, uts
from nslab.linux.flags import CloneFlag
from nslab.linux.libc import answer
from nslab.namespaces.experiment import Part, run

CLAIM = "In a user namespace an ordinary user is root, with every capability, and still nobody in particular outside."
ORDINARY = 1000
"""The uid that stands for an ordinary user where nslab is run by root."""
DEEP = 40
NEWUSER = CloneFlag.CLONE_NEWUSER
ROOT_INSIDE = Expect("0 inside, an ordinary id outside", lambda b, i, a: i == 0 and b == a != 0)
ALL = Expect("every capability inside, none outside", lambda b, i, a: (b, a) == (0, 0) and i == caps.all_there_are())
KEPT = Expect("every capability", lambda b, i, a: i == caps.all_there_are())
LIMIT = Expect("32 levels below the first, or 33 as newer kernels count", lambda b, i, a: i in (32, 33))


def demo(inside: int = 1000, only: str | Sequence[str] | None = None) -> Evidence:
    """Give an ordinary user's process a user namespace, and ask what it may.

    `inside`: the id that is not root in the part "exec", 1 to 65533. `only`: the names of PARTS to run.
    Root's processes become uid 1000 first, so that nothing here has a privilege on the host.
    Raises TypeError, ValueError, `nslab.Unsupported`. Source: user_namespaces(7), capabilities(7).
    """
    inside = checked_whole("inside", inside, 1, 65533)
    return run("user", CLAIM, PARTS, only, {"inside": inside}, standin={})


def panel() -> Any:
    """Return the same experiment as a panel: choose a part, guess, run it, and compare. Source: namespaces(7)."""
    from nslab.namespaces.panel import panel

    return panel("user")


# -- becoming root inside --------------------------------------------------------------------------------


def _ordinary() -> None:
    if os.geteuid() == 0:
        caps.become(ORDINARY)


def _new_user_namespace(isolated: bool, inside: int | None = 0) -> None:
    """Enter a user namespace in which this process is `inside` (None: without a map), when `isolated`."""
    if not isolated:
        return
    uid, gid = os.geteuid(), os.getegid()
    ns.unshare(NEWUSER)
    if inside is not None:
        idmap.write_maps(os.getpid(), ((inside, uid, 1),), ((inside, gid, 1),), "deny")


def _ask(outside: Place, function: Any, *args: Any) -> Any:
    """Call a function in a process that is an ordinary user."""
    return outside.clone(_as_ordinary, args=(function, args), stream=False).result()


def _as_ordinary(function: Any, args: Sequence[Any]) -> Any:
    _ordinary()
    return function(*args)


# -- who it is -------------------------------------------------------------------------------------------


def _root(outside: Place, isolated: bool, options: Mapping[str, Any]) -> Iterator[Row]:
    with outside.clone(_as_ordinary, args=(_be_seen, (isolated,)), stream=False) as child:
        said = json.loads(_first_line(child))
        uid = int(process.status(child.pid)["Uid"].split()[0])
        owner = os.stat(f"/proc/{child.pid}/fd/{said['fd']}").st_uid
        yield Row("uid of the process", uid, said["uid"], uid, ROOT_INSIDE)
        yield Row("owner of a file that it makes", owner, said["owner"], owner, ROOT_INSIDE)


def _be_seen(isolated: bool) -> None:
    _new_user_namespace(isolated)
    fd = os.memfd_create("nslab")
    print(json.dumps({"uid": os.getuid(), "fd": fd, "owner": os.fstat(fd).st_uid}), flush=True)
    time.sleep(60)


def _first_line(child: Child, seconds: float = 5.0) -> str:
    deadline = time.monotonic() + seconds
    while "\n" not in child.read_output() and child.alive and time.monotonic() < deadline:
        time.sleep(0.001)
    return child.stdout.partition("\n")[0] or str(child.result())


# -- its maps --------------------------------------------------------------------------------------------


def _maps(outside: Place, isolated: bool, options: Mapping[str, Any]) -> Iterator[Row]:
    before, inside, after = _read_maps(False), _ask(outside, _read_maps, isolated), _read_maps(False)
    for i, name in enumerate(("uid_map", "gid_map", "setgroups")):
        yield Row(f"/proc/self/{name}", before[i], inside[i], after[i], ISOLATED)
    groups = _ask(outside, _set_groups, isolated)
    yield Row("setgroups(0)", "–", groups, "–", inside_is("EPERM"), decisive=False)


def _read_maps(isolated: bool) -> list[str]:
    _new_user_namespace(isolated)
    return [" ".join(files.read(f"/proc/self/{name}").split()) for name in ("uid_map", "gid_map", "setgroups")]


def _set_groups(isolated: bool) -> str:
    _new_user_namespace(isolated)
    return answer(os.setgroups, [0])


def _overflow(outside: Place, isolated: bool, options: Mapping[str, Any]) -> Iterator[Row]:
    overflow = caps.overflow_uid()
    own = ORDINARY if os.geteuid() == 0 else os.geteuid()
    if own == overflow:
        raise Unsupported(
            "the overflow uid, for you", f"your own uid is {overflow}, which also stands for the unmapped",
            "run as another user",
        )  # fmt: skip
    uid, owner = _ask(outside, _unmapped, isolated)
    yield Row("uid of a process without a map", own, uid, own, inside_is(overflow))
    theirs = os.stat("/etc/passwd").st_uid
    yield Row(
        "owner of /etc/passwd, whose id is not mapped",
        theirs,
        owner,
        os.stat("/etc/passwd").st_uid,
        inside_is(overflow),
    )


def _unmapped(isolated: bool) -> tuple[int, int]:
    _new_user_namespace(isolated, inside=None)
    return os.getuid(), os.stat("/etc/passwd").st_uid


# -- what it may -----------------------------------------------------------------------------------------


def _capabilities(outside: Place, isolated: bool, options: Mapping[str, Any]) -> Iterator[Row]:
    before, inside = _ask(outside, _count, False), _ask(outside, _count, isolated)
    yield Row("capabilities in effect", before, inside, _ask(outside, _count, False), ALL)


def _count(isolated: bool) -> int:
    _new_user_namespace(isolated)
    return caps.in_effect()


def _limits(outside: Place, isolated: bool, options: Mapping[str, Any]) -> Iterator[Row]:
    answers = _ask(outside, _try_all, isolated)
    for name in _ON_THE_HOST:
        yield Row(f"{name} of the host", "–", answers[name], "–", inside_is("EPERM"), decisive=False)
    for name in _ON_ITS_OWN:
        yield Row(f"{name} of its own", "–", answers[f"own {name}"], "–", inside_is("ok"))


def _set_clock() -> None:
    time.clock_settime(time.CLOCK_REALTIME, time.time())


def _make_device() -> None:
    path = f"/dev/shm/nslab-{os.getpid()}"
    os.mknod(path, 0o20600, os.makedev(1, 3))
    os.unlink(path)


def _rename() -> None:
    uts.sethostname(uts.hostname())


def _mount() -> None:
    mount.mount("nslab", "/mnt", "tmpfs")


_ON_THE_HOST = {"hostname": _rename, "mounts": _mount, "clock": _set_clock, "devices": _make_device}
_ON_ITS_OWN = {"hostname": (CloneFlag.CLONE_NEWUTS, _rename), "mounts": (CloneFlag.CLONE_NEWNS, _mount)}


def _try_all(isolated: bool) -> dict[str, str]:
    _new_user_namespace(isolated)
    answers = {name: answer(action) for name, action in _ON_THE_HOST.items()}
    for name, (flag, action) in _ON_ITS_OWN.items():
        refused = answer(ns.unshare, flag)
        answers[f"own {name}"] = answer(action) if refused == "ok" else refused
    return answers


def _exec(outside: Place, isolated: bool, options: Mapping[str, Any]) -> Iterator[Row]:
    other = options["inside"]
    as_root, as_other = _ask(outside, _exec_as, isolated, 0), _ask(outside, _exec_as, isolated, other)
    yield Row("capabilities of uid 0 inside, after execve()", "–", as_root[1], "–", KEPT)
    yield Row(f"capabilities of uid {other} inside, before execve()", "–", as_other[0], "–", KEPT)
    yield Row(
        f"capabilities of uid {other} inside, after execve()", "–", as_other[1], "–", inside_is(0), decisive=False
    )


def _exec_as(isolated: bool, inside: int) -> tuple[int, int]:
    """Capabilities in effect before and after becoming another program."""
    _new_user_namespace(isolated, inside)
    line = subprocess.run(["grep", "CapEff", "/proc/self/status"], capture_output=True, text=True, check=True).stdout
    return caps.in_effect(), int(line.split()[1], 16).bit_count()


# -- who may join whom -----------------------------------------------------------------------------------


def _setns(outside: Place, isolated: bool, options: Mapping[str, Any]) -> Iterator[Row]:
    answers = _ask(outside, _join_all, isolated)
    yield Row("setns() from the parent into the child's", "–", answers["child's"], "–", inside_is("ok"))
    yield Row("setns() from the child back to the parent's", "–", answers["parent's"], "–", inside_is("EPERM"))
    yield Row("setns() into a sibling's", "–", answers["sibling's"], "–", inside_is("EPERM"))
    yield Row("setns() into one's own", "–", answers["own"], "–", inside_is("EINVAL"), decisive=False)


def _join_all(isolated: bool) -> dict[str, str]:
    parents = os.open("/proc/self/ns/user", os.O_RDONLY)
    sibling, sibling_fd = _fork_into_namespace(isolated)
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        _new_user_namespace(isolated)
        own = os.open("/proc/self/ns/user", os.O_RDONLY)
        targets = {"parent's": parents, "sibling's": sibling_fd, "own": own}
        os.write(write, json.dumps({name: answer(ns.setns, fd, NEWUSER) for name, fd in targets.items()}).encode())
        os._exit(0)
    answers = json.loads(os.read(read, 4096))
    os.waitpid(child, 0)
    answers["child's"] = answer(ns.setns, sibling_fd, NEWUSER)
    os.kill(sibling, 9)
    os.waitpid(sibling, 0)
    return answers


def _fork_into_namespace(isolated: bool) -> tuple[int, int]:
    """Fork a child that sits in a user namespace; return its pid and a descriptor of that namespace."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        process.die_with_parent()
        _new_user_namespace(isolated)
        os.write(write, b"!")
        time.sleep(60)
        os._exit(0)
    os.read(read, 1)
    return child, os.open(f"/proc/{child}/ns/user", os.O_RDONLY)


# -- how deep --------------------------------------------------------------------------------------------


def _nesting(outside: Place, isolated: bool, options: Mapping[str, Any]) -> Iterator[Row]:
    levels, refusal = _ask(outside, _nest, isolated)
    yield Row("user namespaces inside one another", 0, levels, 0, LIMIT)
    yield Row("the kernel's answer to one more", "–", refusal, "–", inside_is("ENOSPC"))


def _nest(isolated: bool) -> tuple[int, str]:
    if not isolated:
        return 0, answer(ns.unshare, CloneFlag(0))
    for level in range(DEEP):
        try:
            _new_user_namespace(True)
        except OSError as e:
            return level, errno.errorcode.get(e.errno or 0, str(e))
    return DEEP, "ok"


PARTS = (
    Part("root", "one process, two ids", _root),
    Part("maps", "the table that translates", _maps),
    Part("overflow", "who is not in the table is nobody", _overflow),
    Part("capabilities", "every capability, over what the namespace owns", _capabilities),
    Part("limits", "and none over what it does not", _limits),
    Part("exec", "root keeps them across execve(), others lose them", _exec, options=("inside",)),
    Part("setns", "who may join whom", _setns),
    Part("nesting", "32 levels, or 33 as newer kernels count", _nesting),
)
