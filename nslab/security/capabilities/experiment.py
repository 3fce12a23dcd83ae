"""Capabilities: what root is made of, and who else may have a part of it (capabilities(7))."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterable, Iterator, Sequence

from nslab.container.profile import CAPABILITIES as LEFT_BY_DOCKER
from nslab.errors import checked_whole
from nslab.experiment.evidence import Evidence, Row
from nslab.experiment.expect import NOT_ASKED, Is, OnlyInside
from nslab.experiment.parts import Part
from nslab.experiment.run import run
from nslab.kernels.elsewhere import elsewhere
from nslab.lab.client.place import Place
from nslab.lab.power import privilege
from nslab.linux import caps, capsets, filecaps, mount, netif, process, roots, uts
from nslab.linux.libc import answer
from nslab.security.place import ORDINARY, ask_ordinary, stage

CLAIM = (
    "Root is a set of capabilities: without one of them uid 0 is refused what that one is for, and with it alone "
    "another user may do that."
)
CHROOT, PORT = "CAP_SYS_CHROOT", "CAP_NET_BIND_SERVICE"
NONE = "none"
ROOM = "/mnt"
"""Where the sandbox has a tmpfs of its own, with programs that have capabilities."""
READER = "grep"
"""The program that says which capabilities it has: it reads its own /proc/self/status."""


@elsewhere
def demo(port: int = 80, only: str | Sequence[str] | None = None) -> Evidence:
    """Take single capabilities from root, give single ones to another user, and ask what each of them may.

    `port`: the one that is bound to, 1 to 1023, for which a capability is needed. `only`: the names of PARTS to run.
    All of it is in a user namespace of its own, so nothing that is allowed here counts on the host.
    Raises TypeError, ValueError, `nslab.Unsupported`. Source: capabilities(7), prctl(2).
    """
    port = checked_whole("port", port, 1, 1023)
    by_hand = {"port": port, "docker": ",".join(f"+{name[4:].lower()}" for name in sorted(LEFT_BY_DOCKER))}
    return run("nslab.security.capabilities", CLAIM, PARTS, only, {"port": port}, stage=stage, measures=False,
               by_hand=by_hand)  # fmt: skip


# -- calls that need one capability each -----------------------------------------------------------------


def _chroot(port: int) -> str:
    return answer(roots.chroot, "/")


def _raw(port: int) -> str:
    return answer(lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP).close())


def _bind(port: int) -> str:
    with socket.socket() as listener:
        return answer(listener.bind, ("", port))


def _rename(port: int) -> str:
    return answer(uts.sethostname, uts.hostname())


def _mount(port: int) -> str:
    return answer(mount.mount, "nslab", ROOM, "tmpfs")


def _bring_up(port: int) -> str:
    return answer(netif.set_up, "lo")


TRIED: dict[str, tuple[str, str, Callable[[int], str], str]] = {
    "chroot": (CHROOT, "chroot()", _chroot, "EPERM"),
    "raw": ("CAP_NET_RAW", "a raw socket", _raw, "EPERM"),
    "port": (PORT, "bind() to a port below 1024", _bind, "EACCES"),
    "hostname": ("CAP_SYS_ADMIN", "sethostname()", _rename, "EPERM"),
}
"""Key → the capability, the call that needs it, how it is made, and what it hears without."""


def _try_all(port: int) -> dict[str, str]:
    return {key: call(port) for key, (_, _, call, _) in TRIED.items()}


def _names(which: Iterable[str]) -> str:
    return " ".join(sorted(which)) or NONE


def _after_exec(program: str = READER) -> capsets.Sets:
    """The sets that another program has when this process has become it."""
    done = subprocess.run([program, ":", "/proc/self/status"], capture_output=True, text=True, check=True)
    lines = (line.partition(":") for line in done.stdout.splitlines())
    return capsets.told({key: value.strip() for key, _, value in lines})


# -- what root is made of --------------------------------------------------------------------------------


def _root(box: Place, treated: bool, *, port: int) -> Iterator[Row]:
    others = []
    for key, (capability, label, _, refused) in TRIED.items():
        before, _ = box.call(_as_root, port, None)
        inside, uid = box.call(_as_root, port, capability if treated else None)
        after, _ = box.call(_as_root, port, None)
        yield Row(key, f"{label} by uid 0 without {capability}", before[key], inside[key], after[key],
                  OnlyInside(refused))  # fmt: skip
        others += [said for other, said in inside.items() if other != key]
    yield Row("others", "what needs another capability, by each of them", NOT_ASKED, _names(set(others)), NOT_ASKED,
              Is("ok"), decisive=False)  # fmt: skip
    yield Row("uid", "uid of each of them", NOT_ASKED, uid, NOT_ASKED, Is(0), decisive=False)


def _as_root(port: int, without: str | None) -> tuple[dict[str, str], int]:
    """What the calls hear when one capability is laid down, or none; and who made them."""
    if without:
        caps.drop(capsets.NAMES.index(without))
    return _try_all(port), os.geteuid()


def _alone(box: Place, treated: bool, *, port: int) -> Iterator[Row]:
    had = []
    for key, (capability, label, _, _) in TRIED.items():
        before, none_before, uid = ask_ordinary(box, _with_one, port, None)
        inside, one, _ = ask_ordinary(box, _with_one, port, capability if treated else None)
        after, none_after, _ = ask_ordinary(box, _with_one, port, None)
        had.append((none_before, one, none_after))
        label = f"{label} by uid {ORDINARY} with {capability} alone"
        yield Row(f"{key}-alone", label, before[key], inside[key], after[key], OnlyInside("ok"))
    most_before, most_inside, most_after = (max(each) for each in zip(*had, strict=True))
    yield Row("how-many", "capabilities in effect, at most", most_before, most_inside, most_after, OnlyInside(1))
    yield Row("ordinary", "uid of each of them", NOT_ASKED, uid, NOT_ASKED, Is(ORDINARY), decisive=False)


def _with_one(port: int, capability: str | None) -> tuple[dict[str, str], int, int]:
    """What the calls hear when one capability is left, or none; how many there are, and who made the calls."""
    left = {capability} if capability else set()
    capsets.set_to(left, left, ())
    return _try_all(port), caps.in_effect(), os.geteuid()


# -- the five sets ---------------------------------------------------------------------------------------


def _sets(box: Place, treated: bool) -> Iterator[Row]:
    before, lowered, put_back, raised = box.call(_lay_down, treated)
    after = box.call(_chroot, 0)
    yield Row("lowered", f"chroot() without {CHROOT} in the effective set", before, lowered, after,
              OnlyInside("EPERM"), decisive=False)  # fmt: skip
    yield Row("put-back", f"capset() to put {CHROOT} back", NOT_ASKED, put_back, NOT_ASKED, Is("EPERM"))
    yield Row("raised", "chroot() after that", before, raised, after, OnlyInside("EPERM"))


def _lay_down(treated: bool) -> tuple[str, str, str, str]:
    """Take a capability out of the effective set, with the treatment out of the permitted set too; put it back."""
    before, every = _chroot(0), capsets.of().permitted
    rest = every - {CHROOT}
    capsets.set_to(rest, rest if treated else every, ())
    lowered = _chroot(0)
    put_back = answer(capsets.set_to, every, every, ())
    return before, lowered, put_back, _chroot(0)


def _bounding(box: Place, treated: bool) -> Iterator[Row]:
    every = caps.all_there_are()
    now, had, kept = box.call(_bound, treated)
    yield Row("now", f"chroot() once {CHROOT} is out of the bounding set", NOT_ASKED, now, NOT_ASKED, Is("ok"),
              decisive=False)  # fmt: skip
    yield Row("had", "capabilities of uid 0 before execve()", NOT_ASKED, had, NOT_ASKED, Is(every), decisive=False)
    yield Row("bounded", "capabilities of uid 0 after execve()", NOT_ASKED, len(kept), NOT_ASKED, Is(every - 1))
    yield Row("missing", f"{CHROOT} after execve()", NOT_ASKED, CHROOT in kept, NOT_ASKED, Is(False))


def _bound(treated: bool) -> tuple[str, int, frozenset[str]]:
    """Take a capability out of the bounding set alone; what may be done now, and what the next program has."""
    if treated:
        capsets.bound(capsets.of().bounding - {CHROOT})
    return _chroot(0), caps.in_effect(), _after_exec().permitted


# -- what another program has ----------------------------------------------------------------------------


def _exec(box: Place, treated: bool) -> Iterator[Row]:
    privilege.demand_new("a program that gives root everything")
    before, after = ask_ordinary(box, _hand_on, treated)
    none = ask_ordinary(box, _without_all)
    yield Row("handed-before", f"capabilities of uid {ORDINARY} before execve()", NOT_ASKED, before, NOT_ASKED,
              Is(PORT), decisive=False)  # fmt: skip
    yield Row("handed-on", f"capabilities of uid {ORDINARY} after execve()", none, after, none, OnlyInside(PORT))
    left, again = box.call(_lay_down_all)
    label = "capabilities of uid 0 that has laid all of them down"
    yield Row("laid-down", label, NOT_ASKED, left, NOT_ASKED, Is(0), decisive=False)
    yield Row("root-again", f"{label}, after execve()", NOT_ASKED, again, NOT_ASKED, Is(caps.all_there_are()),
              decisive=False)  # fmt: skip


def _hand_on(treated: bool) -> tuple[str, str]:
    """One capability, permitted and inheritable, with the treatment ambient: before and after execve()."""
    one = {PORT}
    capsets.set_to(one, one, one)
    if treated:
        capsets.raise_ambient(one)
    return _names(capsets.of().effective), _names(_after_exec().effective)


def _without_all(program: str = READER) -> str:
    """What a program has when this process had nothing before."""
    capsets.set_to((), (), ())
    return _names(_after_exec(program).effective)


def _lay_down_all() -> tuple[int, int]:
    capsets.set_to((), (), ())
    return caps.in_effect(), len(_after_exec().effective)


def _file(box: Place, treated: bool) -> Iterator[Row]:
    privilege.demand_new("a program whose file has capabilities")
    program, copy = box.call(_install, treated)
    before = ask_ordinary(box, _without_all)
    inside = ask_ordinary(box, _without_all, program)
    copied = ask_ordinary(box, _without_all, copy)
    after = ask_ordinary(box, _without_all)
    label = f"capabilities of uid {ORDINARY} in a program whose file has {PORT}"
    yield Row("from-file", label, before, inside, after, OnlyInside(PORT))
    yield Row("from-copy", "capabilities in a copy of that file", NOT_ASKED, copied, NOT_ASKED, Is(NONE),
              decisive=False)  # fmt: skip


def _install(with_capability: bool) -> tuple[str, str]:
    """Mount the sandbox's room, and put a program there that has a capability, and a copy of it."""
    mount.mount("nslab", ROOM, "tmpfs")
    program, copy = f"{ROOM}/reader", f"{ROOM}/copy"
    shutil.copy(shutil.which(READER) or READER, program)
    if with_capability:
        filecaps.give(program, {PORT})
    shutil.copy(program, copy)
    return program, copy


def _no_new_privs(box: Place, treated: bool) -> Iterator[Row]:
    privilege.demand_new("a process without no_new_privs (the control is one)")
    program, _ = box.call(_install, True)
    gained, flag, undone = ask_ordinary(box, _promise, treated, program)
    yield Row("gained", f"capabilities of uid {ORDINARY} from a file that has {PORT}", NOT_ASKED, gained, NOT_ASKED,
              Is(NONE))  # fmt: skip
    yield Row("flag", "NoNewPrivs of /proc/self/status", NOT_ASKED, flag, NOT_ASKED, Is("1"))
    kept = ask_ordinary(box, _promise_and_hand_on, treated)
    yield Row("kept", f"capabilities of uid {ORDINARY} from its ambient set", NOT_ASKED, kept, NOT_ASKED, Is(PORT),
              decisive=False)  # fmt: skip
    yield Row("undone", "prctl() to undo it", NOT_ASKED, undone, NOT_ASKED, Is("EINVAL"), decisive=False)


def _promise(treated: bool, program: str) -> tuple[str, str, str]:
    """Set no_new_privs and become a program whose file has a capability; then ask to have it undone."""
    if treated:
        capsets.set_no_new_privs()
    gained = _without_all(program)
    undone = answer(capsets.clear_no_new_privs)
    return gained, process.status()["NoNewPrivs"], undone


def _promise_and_hand_on(treated: bool) -> str:
    if treated:
        capsets.set_no_new_privs()
    return _hand_on(True)[1]


# -- what Docker leaves ----------------------------------------------------------------------------------

DOCKERS: dict[str, tuple[str, Callable[[int], str], str]] = {
    "docker-mount": ("mount()", _mount, "EPERM"),
    "docker-up": ("an interface up", _bring_up, "EPERM"),
    "docker-hostname": ("sethostname()", _rename, "EPERM"),
    "docker-chroot": ("chroot()", _chroot, "ok"),
    "docker-raw": ("a raw socket", _raw, "ok"),
    "docker-port": ("bind() to a port below 1024", _bind, "ok"),
}
"""Key → what root of a container asks for, how, and what it hears."""


def _docker(box: Place, treated: bool, *, port: int) -> Iterator[Row]:
    said, here, after = box.call(_as_docker, treated, port)
    yield Row("docker", "capabilities in effect", NOT_ASKED, here, NOT_ASKED, Is(len(LEFT_BY_DOCKER)))
    yield Row("docker-exec", "capabilities after execve()", NOT_ASKED, after, NOT_ASKED, Is(len(LEFT_BY_DOCKER)))
    for key, (label, _, expected) in DOCKERS.items():
        yield Row(key, f"{label} by root in a container", NOT_ASKED, said[key], NOT_ASKED, Is(expected),
                  decisive=expected != "ok")  # fmt: skip


def _as_docker(treated: bool, port: int) -> tuple[dict[str, str], int, int]:
    """Keep what Docker leaves to root, for good; what the calls hear, and how many are left now and after execve()."""
    if treated:
        capsets.bound(LEFT_BY_DOCKER)
        capsets.keep_only(LEFT_BY_DOCKER)
    said = {key: call(port) for key, (_, call, _) in DOCKERS.items()}
    return said, caps.in_effect(), len(_after_exec().effective)


PARTS = (
    Part("root", "uid 0 without one capability is refused what that one is for, and nothing else", _root),
    Part("alone", "another user may do that with this one alone", _alone),
    Part("sets", "what is out of the permitted set cannot be put back", _sets),
    Part("bounding", "what is out of the bounding set goes at the next execve()", _bounding),
    Part("exec", "execve() hands the ambient set on, and gives root everything", _exec),
    Part("file", "a program's file can have a capability, and a copy of it has none", _file),
    Part("no-new-privs", "with no_new_privs no file gives any", _no_new_privs),
    Part("docker", "of all capabilities Docker leaves fourteen", _docker),
)
