"""What fifty system calls get in a container, asked by a process that was put there: in its namespaces, with its ids,
capabilities and filters.

It is a child of nslab's own, so the image needs no program for it, and the container's processes none to be ended or
changed. It joins no cgroup, no profile of AppArmor or SELinux, and no root directory other than its mount namespace's.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence

from nslab.container import calls
from nslab.errors import Unsupported
from nslab.lab.power import privilege
from nslab.linux import caps, files, filters, forked, idmap, ns, probing, process, ptrace
from nslab.linux.flags import FLAGS, CloneFlag

NONE_SUCH = "no such call"
"""What is said of a call that this machine's architecture does not have."""


def ask(pid: int, known: Sequence[bytes] | None = None) -> dict[str, str]:
    """What each of CALLS gets in the place of a process: "allowed", EPERM, EACCES, ENOSYS, "killed", "no such call".

    `known` are its filters, where somebody knows them; else they are read from it. Raises `nslab.Unsupported` that says
    why it could not be asked, ProcessLookupError.
    """
    status = process.status(pid)
    under = list(known) if known is not None else _filters(pid, status)
    joined = _elsewhere(pid)
    numbered = _numbered()
    uid, gid = _id(pid, status, "uid"), _id(pid, status, "gid")
    may = CloneFlag.CLONE_NEWUSER in joined or privilege.has("CAP_SETGID")
    drops = may and files.read(f"/proc/{pid}/setgroups").strip() == "allow"
    permitted, effective = int(status["CapPrm"], 16), int(status["CapEff"], 16)

    def asked(tell: forked.Tell) -> None:
        caps.exchange_ids(uid, gid, drop_groups=drops)
        caps.set_to(effective, permitted, 0)
        caps.hide()
        tell(_answers(numbered, uts, under))

    def put_there(tell: forked.Tell) -> None:
        # Who is in the container could else read this process's memory, and use its descriptors.
        caps.hide()
        if joined:
            ns.setns(pidfd, int(joined))
        # In a pid namespace that was joined are the children alone (setns(2)).
        child, answers = forked.telling(asked)
        os.waitpid(child, 0)
        tell(answers)

    pidfd = ns.pidfd_open(pid)
    uts = os.open(f"/proc/{pid}/ns/uts", os.O_RDONLY | os.O_CLOEXEC)
    try:
        child, answers = forked.telling(put_there)
        os.waitpid(child, 0)
    except OSError as e:
        raise _unable(pid, str(e)) from e
    finally:
        os.close(uts)
        os.close(pidfd)
    return dict(answers)


def ask_here(under: Sequence[bytes]) -> dict[str, str]:
    """The same in the place of this process, with these filters."""
    uts = os.open("/proc/self/ns/uts", os.O_RDONLY | os.O_CLOEXEC)
    try:
        return _answers(_numbered(), uts, under)
    finally:
        os.close(uts)


def _numbered() -> list[tuple[calls.Call, int | None]]:
    """Each call with its number: libseccomp, which knows it, is not to be found in a container's mount namespace."""
    return [(call, filters.number_of_call(call.name)) for call in calls.CALLS]


def _answers(numbered: list[tuple[calls.Call, int | None]], uts: int, under: Sequence[bytes]) -> dict[str, str]:
    given = {calls.PID: os.getpid(), calls.UTS: uts}
    asked = [
        (number, [given[each] if isinstance(each, str) else each for each in call.arguments])
        for call, number in numbered
        if number is not None
    ]
    answers = iter(probing.answers(asked, under))
    return {call.key: NONE_SUCH if number is None else next(answers) for call, number in numbered}


def _filters(pid: int, status: dict[str, str]) -> list[bytes]:
    mode = status.get("Seccomp", "0")
    if mode == "0":
        return []
    if mode == "1":
        raise _unable(pid, "it is in seccomp's strict mode, in which all but four calls kill")
    try:
        return ptrace.filters_of(pid)
    except OSError as e:
        why = {
            errno.EACCES: "its filters are told to nobody without CAP_SYS_ADMIN over the machine",
            errno.EPERM: "it may not be traced, or another traces it",
            errno.EINVAL: "this kernel was built without CONFIG_CHECKPOINT_RESTORE, and tells no filters",
        }.get(e.errno or 0, str(e))
        raise _unable(pid, why) from e


def _elsewhere(pid: int) -> CloneFlag:
    """The types of namespace that it does not share with this process."""
    there = ns.inodes(pid)
    flags = CloneFlag(0)
    for kind, inode in ns.inodes().items():
        if there[kind] != inode:
            flags |= FLAGS[kind]
    return flags


def _id(pid: int, status: dict[str, str], which: str) -> int:
    """Its uid or gid in effect, as its own user namespace counts them."""
    outside = int(status[which.capitalize()].split()[1])
    found = idmap.inside(idmap.read(which, pid), outside)
    if found is None:
        raise _unable(pid, f"its {which} {outside} has no number in its user namespace")
    return found


def _unable(pid: int, why: str) -> Unsupported:
    return Unsupported(f"what system calls get in the place of process {pid}", why, "as root: sudo nslab compare …")
