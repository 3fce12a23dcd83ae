"""What was looked up, told to a person: one line for each thing that decides what this process may do."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import NamedTuple

from nslab.lab.power import cpus, limits, places, privilege, refusals
from nslab.linux import cgroupfs, seccomp
from nslab.linux.flags import FLAGS

FEW = 64
"""Namespaces or processes that have to be left: a demo makes some tens of them."""
SMALL = 256 << 20
"""Bytes of memory that the experiments want to have free."""


class Finding(NamedTuple):
    """One of them: `verdict` is "ok", "warn" (a part of the course is missing) or "fail"."""

    name: str
    verdict: str
    seen: str
    mend: str = ""


def user() -> Finding:
    """Who this is: a capability over the machine, over its own user namespace alone, or none."""
    name, uid = "user", os.geteuid()
    who = "root" if uid == 0 else f"uid {uid}"
    if privilege.rules_the_machine("CAP_SYS_ADMIN"):
        wanted = ("CAP_SETUID", "CAP_SETGID", "CAP_SETFCAP", "CAP_NET_ADMIN", "CAP_SYS_CHROOT", "CAP_MKNOD")
        missing = [each for each in wanted if not privilege.has(each)]
        if missing:
            return Finding(name, "warn", f"{who}, but without {', '.join(missing)}", privilege.mend(*missing))
        return Finding(name, "ok", f"{who}: namespaces are made without a user namespace")
    if privilege.has("CAP_SYS_ADMIN"):
        seen = f"{who} of a user namespace, not of the machine: no hierarchy is mounted, no device or disk limited"
        return Finding(name, "warn", seen, privilege.mend(machine=True))
    if uid == 0:
        seen = "root without CAP_SYS_ADMIN, as in a container: nslab adds a user namespace to what it makes"
        return Finding(name, "warn", seen, privilege.mend("CAP_SYS_ADMIN"))
    return Finding(name, "ok", f"{who}: nslab adds a user namespace to what it makes")


def proc() -> Finding:
    """Whose /proc this is, and what of it is hidden."""
    seen = places.proc()
    if not seen.mounted:
        return Finding("/proc", "fail", "it is not mounted", "as root: mount -t proc proc /proc")
    if not seen.own:
        return Finding("/proc", "warn", "it is another pid namespace's: its numbers are not those of this process",
                       "start it with a /proc of its own: unshare --fork --pid --mount-proc")  # fmt: skip
    against, mends = [], []
    if seen.masked and not privilege.rules_the_machine("CAP_SYS_ADMIN"):
        against.append(f"parts are hidden ({', '.join(seen.masked[:3])}), so no user namespace may mount another")
        mends.append("--security-opt unmask=ALL (podman) or systempaths=unconfined (docker)")
    if seen.hides and not privilege.has("CAP_SYS_PTRACE"):
        against.append(f"hidepid={seen.hides}: the processes of others are hidden")
        mends.append("as root: mount -o remount,hidepid=0 /proc")
    if not seen.settings:
        against.append("/proc/sys is read-only: no setting of a namespace can be shown to change")
        mends.append("as root: mount -o remount,rw /proc/sys; a container: --privileged")
    if against:
        return Finding("/proc", "warn", "; ".join(against), "; ".join(mends))
    return Finding("/proc", "ok", "whole, and this pid namespace's own")


def root_directory() -> Finding:
    """Whether this is a chroot."""
    if places.is_in_chroot():
        verdict = "warn" if privilege.has("CAP_SYS_ADMIN") else "fail"
        seen = "a chroot: no user namespace can be made, and no mount made private"
        return Finding("root directory", verdict, seen, refusals.OUT_OF_THE_CHROOT)
    return Finding("root directory", "ok", "that of the mount namespace")


def filter_of_calls() -> Finding:
    """What a seccomp filter answers to the calls that nslab makes."""
    name = "seccomp"
    if not seccomp.filtered():
        return Finding(name, "ok", "no filter")
    said = {each: seccomp.answer(each) for each in seccomp.PROBES}
    refused = [f"{each}: {answer}" for each, answer in said.items() if answer]
    if not refused:
        return Finding(name, "ok", "a filter, which lets through what nslab asks for")
    needed = any(said[each] not in ("", "ENOSYS") for each in ("clone3", "pidfd_open")) or said["clone"]
    verdict = "fail" if needed or said["pidfd_open"] else "warn"
    return Finding(name, verdict, f"a filter answers {', '.join(refused)}",
                   "start the container with --security-opt seccomp=unconfined, or with a newer runtime")  # fmt: skip


def namespaces() -> Finding:
    """The limits on namespaces."""
    close = [limit for limit in limits.on_namespaces(tuple(FLAGS)) if limit.value - limit.used < FEW]
    if close:
        return Finding("limits on namespaces", "warn", "; ".join(map(str, close)),
                       " && ".join(limit.mend for limit in close))  # fmt: skip
    return Finding("limits on namespaces", "ok", "wide enough")


def processes() -> Finding:
    """The limits on processes."""
    close = [limit for limit in limits.on_processes() if limit.value - limit.used < FEW]
    if close:
        return Finding("limits on processes", "warn", "; ".join(map(str, close)),
                       "; ".join(limit.mend for limit in close))  # fmt: skip
    return Finding("limits on processes", "ok", "wide enough")


def processors() -> Finding:
    """The CPUs, and a ceiling on their time."""
    usable, hidden = cpus.usable_cpus(), cpus.hidden_cpus()
    seen = f"{len(usable)} ({cpus.shown(usable)})"
    if hidden:
        seen += f"; the CPUs {hidden} are there, and this process may not use them"
    least, by = limits.ceiling(list(limits.above("cpu")))
    if by:
        return Finding("CPUs", "warn", f"{seen}; no more than {least:.4g} % of one ({by})", "raise the limit above")
    return Finding("CPUs", "ok", seen)


def memory() -> Finding:
    """How much memory there is to use."""
    room = limits.memory(list(limits.above("memory")))
    seen = f"{room.free >> 20} MiB are free ({room.by})"
    if room.free < SMALL:
        return Finding("memory", "warn", seen, "end what uses much, or raise the limit above")
    return Finding("memory", "ok", seen)


def hierarchies() -> Finding:
    """Mounts of cgroups that cannot be used: hidden by another mount, or read-only."""
    spoiled = cgroupfs.spoiled()
    if spoiled:
        return Finding("mounts of cgroups", "warn", "; ".join(f"{point} is {why}" for point, why in spoiled.items()),
                       "as root: umount what lies over it, or mount -o remount,rw")  # fmt: skip
    return Finding("mounts of cgroups", "ok", "all to be seen, and written by who may")


ALL: tuple[Callable[[], Finding], ...] = (
    user, proc, root_directory, filter_of_calls, namespaces, processes, processors, memory, hierarchies,
)  # fmt: skip
"""In the order in which they are told."""
