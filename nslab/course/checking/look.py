"""What a check may ask the kernel, from outside: processes, what is so in their namespaces, cgroups.

Nothing of it asks the learner's process. What is particular to a namespace is read by a process of the check's own that
joins it for a moment (setns(2)).
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from nslab.cgroups.core.existing import Group, group_of  # noqa: F401  (what a check asks stands in one place)
from nslab.cgroups.core.knobs import FROZEN
from nslab.linux import clocks, mountinfo, ns, nsfs, process, sysv, uts
from nslab.linux.flags import FLAGS, CloneFlag
from nslab.linux.forked import Tell, telling

STOPPED = "stopped by a signal"
PATIENCE = 5
"""Seconds within which a program that reads for a check has ended; it takes some hundredths."""


@dataclass(frozen=True)
class Process:
    """A process as /proc shows it; `ns` is namespace type → inode number, `uid` its effective user outside."""

    pid: int
    parent: int
    uid: int
    ns: dict[str, int]
    command: tuple[str, ...]

    def has_own(self, *kinds: str) -> bool:
        """Whether it is in other namespaces of these types than this process."""
        return all(self.ns.get(kind) != ns.inode(kind) for kind in kinds)


def processes() -> list[Process]:
    """All processes that this user may look at, without those that this one descends from; no kernel threads."""
    spared, kinds = set(process.line()), ns.available()
    found = []
    for pid in map(int, filter(str.isdigit, os.listdir("/proc"))):
        # It has ended, or is not this user's to look at.
        with contextlib.suppress(OSError):
            if pid not in spared and (command := tuple(process.arguments(pid))):
                of_it = process.status(pid)
                uid = int(of_it["Uid"].split()[1])
                of_its_own = {kind: ns.inode(kind, pid) for kind in kinds}
                found.append(Process(pid, int(of_it["PPid"]), uid, of_its_own, command))
    return sorted(found, key=lambda each: each.pid)


def is_own_user_namespace(each: Process) -> bool:
    """Whether a process is in a user namespace that this user made, and not the one that this process is in."""
    if not each.has_own("user"):
        return False
    fd = nsfs.opened(f"/proc/{each.pid}/ns/user", each.ns["user"])
    if fd is None:
        return False
    try:
        return nsfs.owner_uid(fd) == os.geteuid()
    finally:
        os.close(fd)


def running(*command: str) -> list[Process]:
    """Those of processes() that run precisely this: a program, with or without its directory, and its arguments."""
    program, *arguments = command
    return [
        each
        for each in processes()
        if os.path.basename(each.command[0]) == program and list(each.command[1:]) == arguments
    ]


def inside(pid: int, kinds: Sequence[str], function: Callable[[], Any]) -> Any:
    """What `function` returns in the namespaces of these types of a process (no pid namespace: only children join it).

    It runs in a child of this process that has joined them, with the user namespace where this user has to. Raises
    OSError as setns(2) does, and what the function raises of that kind; ProcessLookupError when the process is gone.
    """
    target = ns.pidfd_open(pid)
    try:
        return _told(lambda tell: _visit(target, pid, kinds, lambda: tell(function())))
    finally:
        os.close(target)


def _visit(target: int, pid: int, kinds: Sequence[str], function: Callable[[], None]) -> None:
    flags = CloneFlag(0)
    for kind in kinds:
        if ns.inode(kind, pid) != ns.inode(kind):
            flags |= FLAGS[kind]
    if flags and ns.inode("user", pid) != ns.inode("user") and not process.has_capability(process.CAP_SYS_ADMIN):
        flags |= CloneFlag.CLONE_NEWUSER
    if flags:
        ns.setns(target, int(flags))
    function()


def _told(function: Callable[[Tell], None]) -> Any:
    child, told = telling(function)
    os.waitpid(child, 0)
    return told


def in_others(kind: str, function: Callable[[], Any]) -> dict[int, Any]:
    """What `function` returns in each namespace of a type that a process of processes() is in, and this one is not.

    By inode number. Namespaces that cannot be joined are left out.
    """
    found: dict[int, Any] = {}
    for each in processes():
        if each.has_own(kind) and each.ns[kind] not in found:
            # It has ended since, or this user may not join it.
            with contextlib.suppress(OSError):
                found[each.ns[kind]] = inside(each.pid, [kind], function)
    return found


def hostname(pid: int) -> str:
    """The host name that a process sees (uname(2))."""
    return str(inside(pid, ["uts"], uts.hostname))


def domainname(pid: int) -> str:
    """The NIS domain name that a process sees (getdomainname(2))."""
    return str(inside(pid, ["uts"], uts.domainname))


def sysvipc(pid: int, kind: str) -> list[dict[str, int]]:
    """The message queues ("msg"), semaphores ("sem") or shared memory ("shm") in a process's IPC namespace."""
    return list(inside(pid, ["ipc"], lambda: sysv.table(kind)))


def mounts(pid: int) -> list[mountinfo.Mount]:
    """The mounts of a process (proc_pid_mountinfo(5))."""
    return mountinfo.mounts(pid)


def output(pid: int, kinds: Sequence[str], command: Sequence[str]) -> str:
    """What a program of this machine prints in those namespaces of a process. Raises OSError when it fails."""
    return str(inside(pid, kinds, lambda: _output(command)))


def _output(command: Sequence[str]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        raise TimeoutError(errno.ETIMEDOUT, f"{' '.join(command)} has not ended within {PATIENCE} s") from None
    if done.returncode:
        raise OSError(done.returncode, f"{' '.join(command)}: {done.stderr.strip()}")
    return done.stdout


def interfaces(pid: int) -> dict[str, dict[str, Any]]:
    """Name → what `ip -json -details address` says of each interface in a process's network namespace (ip(8))."""
    listed = json.loads(output(pid, ["net"], ["ip", "-json", "-details", "address"]) or "[]")
    return {each["ifname"]: each for each in listed if each}


def addresses(pid: int) -> dict[str, list[str]]:
    """Interface → its addresses with their prefix ("10.0.0.1/24"), without link-local ones."""
    return {
        name: [f"{each['local']}/{each['prefixlen']}" for each in found["addr_info"] if each["scope"] != "link"]
        for name, found in interfaces(pid).items()
    }


def routes(pid: int) -> list[dict[str, Any]]:
    """What `ip -json route` says in a process's network namespace."""
    return list(json.loads(output(pid, ["net"], ["ip", "-json", "route"]) or "[]"))


def ids(pid: int, seen_by: int | None = None) -> tuple[int, int]:
    """The effective uid and gid of a process as a process `seen_by` numbers them, itself if none is given.

    /proc/PID/status translates them for whoever reads it; who is in no map appears as 65534 (user_namespaces(7)).
    """
    of_it = inside(pid if seen_by is None else seen_by, ["user"], lambda: process.status(pid))
    return int(of_it["Uid"].split()[1]), int(of_it["Gid"].split()[1])


def ahead(pid: int) -> dict[str, float]:
    """Clock → seconds by which a process's "boottime" and "monotonic" are ahead of this one's (time_namespaces(7))."""
    here, there = _clocks(), inside(pid, ["time"], _clocks)
    return {name: there[name] - here[name] for name in here}


def _clocks() -> dict[str, float]:
    return {name: clocks.read(name) for name in ("boottime", "monotonic")}


def standing(pid: int) -> str:
    """What a process is kept from: "frozen" with its cgroup, STOPPED, or else "running"."""
    group = group_of(pid, "freezer")
    if FROZEN.is_there(group) and FROZEN.of(group):
        return "frozen"
    return STOPPED if process.status(pid)["State"].startswith("T") else "running"
