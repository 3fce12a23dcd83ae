"""Filters of system calls: what a process may ask the kernel at all (seccomp(2))."""

from __future__ import annotations

import os
import platform
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator, Sequence

from nslab.errors import Unsupported, checked_choice
from nslab.experiment.evidence import Evidence, Row
from nslab.experiment.expect import NOT_ASKED, Is, OnlyInside
from nslab.experiment.parts import Part
from nslab.experiment.run import run
from nslab.kernels.elsewhere import elsewhere
from nslab.lab.client.host import host
from nslab.lab.power import privilege
from nslab.linux import arch, capsets, filters, process
from nslab.linux.forked import Tell, telling
from nslab.linux.libc import answer

CLAIM = (
    "A filter answers a system call before the kernel looks at it: with an errno, with the end of the process, or with "
    "what a supervisor says; and it holds for all that comes of the process."
)
ANSWERS = ["EPERM", "EACCES", "ENOSYS", "ENOENT", "EIO"]
INVENTED = 4242
"""What the supervisor says that getppid() returns; a process with that number need not be there."""
FALLS_BACK = (2, 34)
"""Since when glibc makes threads by clone3(), and by clone() where it hears ENOSYS."""


@elsewhere
def demo(says: str = "EPERM", only: str | Sequence[str] | None = None) -> Evidence:
    """Put filters of seven instructions on processes, and ask what uname() says to them then.

    `says`: the errno that the filter answers with, one of ANSWERS. `only`: the names of PARTS to run. Only processes
    that are made for it get a filter, so nothing else is refused anything.
    Raises TypeError, ValueError, `nslab.Unsupported`. Source: seccomp(2), seccomp_unotify(2).
    """
    says = checked_choice("says", says, ANSWERS)
    numbers = {name: arch.number(name) for name in ("uname", "seccomp")}
    by_hand = {**numbers, "says": says, "errno": filters.number_of(says) & 0xFFFF, "prctl": _prctl(),
               "arch": f"{filters.architecture():#x}"}  # fmt: skip
    return run("nslab.security.seccomp", CLAIM, PARTS, only, {"says": says}, measures=False, by_hand=by_hand)


def _prctl() -> int:
    """The number of prctl(2), for the script, which makes it by its number."""
    return {"x86_64": 157, "aarch64": 167}[os.uname().machine]


def _filter(action: str | int, call: str = "uname") -> bytes:
    return filters.one_call(call, filters.number_of(action) if isinstance(action, str) else action)


def _put(action: str) -> None:
    """Put a filter on this process, also where it has no privilege."""
    capsets.set_no_new_privs()
    filters.install(_filter(action))


def _uname() -> str:
    return answer(os.uname)


def _mode() -> str:
    """Seccomp of /proc/self/status: 0 without a filter, 2 with one."""
    return process.status()["Seccomp"]


# -- an errno --------------------------------------------------------------------------------------------


def _errno(treated: bool, *, says: str) -> Iterator[Row]:
    mode, before = host().call(_mode), host().call(_uname)
    child_before, exec_before = host().call(_in_a_child), host().call(_program)
    own_mode, own, child, program, other = host().call(_filtered, treated, says)
    yield Row("errno", "uname()", before, own, host().call(_uname), OnlyInside(says))
    yield Row("child", "uname() in a child", child_before, child, host().call(_in_a_child), OnlyInside(says))
    yield Row("exec", "exit status of the program uname(1)", exec_before, program, host().call(_program), OnlyInside(1))
    yield Row("mode", "Seccomp of /proc/self/status", mode, own_mode, host().call(_mode), OnlyInside("2"))
    yield Row("other", "another call", NOT_ASKED, other, NOT_ASKED, Is("ok"), decisive=False)


def _filtered(treated: bool, says: str) -> tuple[str, str, str, int, str]:
    if treated:
        _put(says)
    return _mode(), _uname(), _in_a_child(), _program(), answer(os.stat, "/")


def _in_a_child() -> str:
    def ask(tell: Tell) -> None:
        tell(_uname())

    child, said = telling(ask)
    os.waitpid(child, 0)
    return str(said)


def _program() -> int:
    return subprocess.run(["uname"], capture_output=True, check=False).returncode


def _several(treated: bool, *, says: str) -> Iterator[Row]:
    label = "uname() under two filters"
    for key, order in (("first", (says, "log")), ("last", ("log", says))):
        said = host().call(_under, [each for each in order if treated or each != says])
        yield Row(f"strict-{key}", f"{label}, the strict one {key}", NOT_ASKED, said, NOT_ASKED, Is(says))
    alone = host().call(_under, ["log"])
    yield Row("log", "uname() under one that logs it", NOT_ASKED, alone, NOT_ASKED, Is("ok"), decisive=False)


def _under(actions: Sequence[str]) -> str:
    # Made before: which architecture this is, uname() tells.
    made = [_filter(action) for action in actions]
    capsets.set_no_new_privs()
    for each in made:
        filters.install(each)
    return _uname()


# -- the end, and somebody else's answer -----------------------------------------------------------------


def _kill(treated: bool) -> Iterator[Row]:
    with host().clone(_die, args=(treated,), stream=False) as child:
        status = child.wait()
    ended = signal.Signals(-status).name if status < 0 else "no signal"
    yield Row("killed", "what ends the process at uname()", NOT_ASKED, ended, NOT_ASKED, Is("SIGSYS"))
    with host().clone(_die_elsewhere, args=(treated,), stream=False) as other:
        spared = other.wait()
    yield Row("spared", "its exit status if it never calls it", NOT_ASKED, spared, NOT_ASKED, Is(0), decisive=False)


def _die(treated: bool) -> None:
    if treated:
        _put("kill")
    os.uname()


def _die_elsewhere(treated: bool) -> None:
    if treated:
        _put("kill")
    os.stat("/")


def _notify(treated: bool) -> Iterator[Row]:
    number, said, parent = host().call(_supervised, treated)
    yield Row("notified", "getppid(), which a supervisor answers", NOT_ASKED, said, NOT_ASKED, Is(INVENTED),
              varies=not treated)  # fmt: skip
    yield Row("number", "number of the call that the supervisor was told", NOT_ASKED, number, NOT_ASKED,
              Is(arch.number("getppid")))  # fmt: skip
    yield Row("parent", "the parent is another process than that", NOT_ASKED, parent != INVENTED, NOT_ASKED, Is(True),
              decisive=False)  # fmt: skip


def _supervised(treated: bool) -> tuple[int, int, int]:
    """The number of the call that was told, what the child heard, and who its parent is."""
    ours, theirs = socket.socketpair()
    child = process.fork()
    if child == 0:
        _be_supervised(theirs, treated)
    theirs.close()
    number = 0
    if treated:
        _, [listener], *_ = socket.recv_fds(ours, 1, 1)
        number = filters.supervise(listener, INVENTED)
        os.close(listener)
    said = int(ours.recv(64))
    os.waitpid(child, 0)
    return number, said, os.getpid()


def _be_supervised(to: socket.socket, treated: bool) -> None:
    """Hand the supervisor what it listens by, ask who the parent is, say it, and end."""
    status = 1
    try:
        if treated:
            capsets.set_no_new_privs()
            socket.send_fds(to, [b"!"], [filters.listen(_filter(filters.NOTIFY, "getppid"))])
        to.sendall(str(os.getppid()).encode())
        status = 0
    finally:
        os._exit(status)


# -- what runtimes do with it ----------------------------------------------------------------------------


def _clone3(treated: bool) -> Iterator[Row]:
    name, version = platform.libc_ver()
    if name != "glibc" or tuple(map(int, version.split(".")[:2])) < FALLS_BACK:
        raise Unsupported("threads by clone3()", f"the C library is {name or 'another'} {version}",
                          "use one of glibc 2.34 or later, such as Debian 12's")  # fmt: skip
    says = "ENOSYS" if treated else "EPERM"
    said, thread = host().call(_thread, says)
    yield Row("thread", "a thread, where clone3() is refused", NOT_ASKED, thread, NOT_ASKED, Is("ok"))
    yield Row("clone3", "clone3() itself", NOT_ASKED, said, NOT_ASKED, Is("ENOSYS"))


def _thread(says: str) -> tuple[str, str]:
    capsets.set_no_new_privs()
    filters.install(_filter(says, "clone3"))
    said = answer(filters.ask_clone3)
    thread = threading.Thread(target=os.getpid)
    try:
        thread.start()
    except RuntimeError:
        return said, "refused"
    thread.join()
    return said, "ok"


def _install(treated: bool) -> Iterator[Row]:
    privilege.demand_new("a process without no_new_privs (the control is one)")
    said, mode = host().call(_without_privilege, treated)
    yield Row("installed", "seccomp() of somebody without privilege", NOT_ASKED, said, NOT_ASKED, Is("ok"))
    yield Row("installed-mode", "Seccomp of its /proc/self/status", NOT_ASKED, mode, NOT_ASKED, Is("2"))


def _without_privilege(treated: bool) -> tuple[str, str]:
    """Lay all capabilities down, promise no_new_privs or not, and put a filter on this process."""
    capsets.set_to((), (), ())
    if treated:
        capsets.set_no_new_privs()
    return answer(filters.install, _filter("EPERM")), _mode()


PARTS = (
    Part("errno", "a filter answers a call with an errno, here, in children and in other programs", _errno),
    Part("several", "of several filters the strictest answer counts, in either order", _several),
    Part("kill", "a filter can end the process at the call", _kill),
    Part("notify", "a supervisor can answer in the kernel's place", _notify),
    Part("clone3", "where clone3() says ENOSYS the C library uses clone(); at EPERM it gives up", _clone3),
    Part("install", "who has promised no_new_privs may take a filter without any privilege", _install),
)
