"""Why the kernel refused: from an error to the setting, the limit, the mask or the filter that is behind it.

Each reason is looked up on this machine. What no look-up explains is told as it came, with where to report it.
"""

from __future__ import annotations

import errno
import os
import re
import resource
from collections.abc import Callable
from typing import NamedTuple

from nslab.errors import REPORT, Unsupported
from nslab.lab.power import cpus, limits, places, privilege, settings
from nslab.linux import files, seccomp, trace
from nslab.linux.flags import FLAGS

ROOTLESS = "run nslab outside of it, or in the VM: vagrant up"
OUT_OF_THE_CHROOT = (
    "run nslab outside of the chroot, or make it a mount that is a root: unshare --mount, mount --rbind DIR DIR, and "
    "pivot_root(8) in place of chroot(8)"
)

Found = tuple[str, str] | None
"""Why, and what mends it."""


class Refusal(NamedTuple):
    """A call that the kernel refused: its name and arguments as strace(1) writes them, and the number of the error."""

    name: str
    args: tuple[str, ...]
    errno: int
    path: str

    @property
    def code(self) -> str:
        return trace.errno_name(self.errno)

    @property
    def what(self) -> str:
        """What is not to be had without it, for a reader."""
        kinds = [kind for kind, flag in FLAGS.items() if flag & self.flags]
        if kinds and self.name in _MAKES:
            return f"a new namespace ({', '.join(kinds)})"
        if self.path.endswith(("/uid_map", "/gid_map")):
            return "a user namespace with ids in it"
        if self.name in ("write", "openat") and self.path:
            return f"a change of {self.path}"
        return "a new process" if self.name in _MAKES else f"{self.name}(2)" if self.name else self.path or "this"

    @property
    def flags(self) -> int:
        """The CLONE_NEW* flags in its arguments."""
        words = set(re.findall(r"CLONE_NEW[A-Z]+", " ".join(self.args)))
        return sum(flag for flag in FLAGS.values() if flag.name in words)

    def __str__(self) -> str:
        return f"{self.name}({', '.join(self.args)})" if self.name else self.path or "a system call"


def refusal(error: OSError) -> Refusal:
    """What an OSError tells of the call."""
    name, args = getattr(error, "call", ("", ()))
    path = error.filename if isinstance(error.filename, str) else ""
    if not path and args and args[0][:2] == '"/':
        path = args[0].strip('"')
    return Refusal(name, tuple(args), error.errno or 0, path)


def explained(error: OSError, what: str = "") -> Unsupported:
    """The `nslab.Unsupported` of an error: what was refused, why as far as this machine tells, and what mends it."""
    refused = refusal(error)
    found = _looked_up(refused, _MACHINE + _PROCESS)
    named = what or refused.what
    if not refused.errno:
        return Unsupported(named, str(error), f"call again when the machine has less to do; if it stays so, {REPORT}")
    text = os.strerror(refused.errno) if refused.name else error.strerror
    said = f"the kernel answers {refused.code} ({text}) to {refused}"
    if found is None:
        return Unsupported(named, f"{said}, and nslab has found no setting that explains it", REPORT)
    why, mend = found
    return Unsupported(named, why, mend, said)


def explain(error: Exception, flags: int) -> Exception:
    """Return the error of a clone with these flags, or the Unsupported that names the setting, limit or filter behind.

    A privilege that is lacking is none of them: whoever asked without it gets the kernel's own answer.
    """
    if not isinstance(error, OSError) or not flags:
        return error
    refused = refusal(error)
    found = _looked_up(refused, _MACHINE)
    if found is None:
        return error
    kinds = [kind for kind, flag in FLAGS.items() if flag & (refused.flags or flags)]
    return Unsupported(f"a new namespace ({', '.join(kinds)})", *found)


def filtered() -> Unsupported | None:
    """The Unsupported of the fork server where a filter forbids system calls that it cannot do without; None where none
    does.
    """
    if not seccomp.filtered():
        return None
    for name, can_do_without in (("clone3", "ENOSYS"), ("clone", ""), ("pidfd_open", ""), ("pidfd_send_signal", "")):
        found = _a_filter(Refusal(name, (), errno.EPERM, ""))
        if found and seccomp.answer(name) != can_do_without:
            return Unsupported("the fork server, which makes all processes of nslab", *found)
    return None


def _looked_up(refused: Refusal, among: tuple[Callable[[Refusal], Found], ...]) -> Found:
    with trace.plumbing():
        for look in among:
            try:
                found = look(refused)
            except OSError:
                continue  # what would tell is hidden itself, such as a file of /proc
            if found:
                return found
    return None


_MAKES = ("clone", "clone3", "unshare", "fork", "vfork")


def _a_filter(refused: Refusal) -> Found:
    if refused.errno not in (errno.EPERM, errno.ENOSYS, errno.EACCES) or not refused.name:
        return None
    said = seccomp.answer(refused.name)
    if not said:
        return None
    return (
        f"a seccomp filter of the container or sandbox that this runs in answers {said} to {refused.name}(2)",
        "start the container with --security-opt seccomp=unconfined, use a newer runtime (runc 1.0, libseccomp 2.5), "
        f"or {ROOTLESS}",
    )


def _a_limit_on_namespaces(refused: Refusal) -> Found:
    if refused.errno not in (errno.ENOSPC, errno.EUSERS) or refused.name not in _MAKES:
        return None
    kinds = tuple(kind for kind, flag in FLAGS.items() if flag & refused.flags)
    reached = [limit for limit in limits.on_namespaces(kinds) if limit.reached]
    if reached:
        return "; ".join(map(str, reached)), " && ".join(limit.mend for limit in reached)
    return None


def _a_limit_further_up(refused: Refusal) -> Found:
    if refused.errno not in (errno.ENOSPC, errno.EUSERS) or refused.name not in _MAKES:
        return None
    kinds = [kind for kind, flag in FLAGS.items() if flag & refused.flags]
    names = ", ".join(
        f"{limit.name} is {limit.value}, with {limit.used} in use as far as can be seen"
        for limit in limits.on_namespaces(tuple(kinds))
    )
    deep = ", or they are nested more than 32 deep" if limits.nested(refused.flags) else ""
    return (
        f"a limit on namespaces is reached: {names or 'user.max_*_namespaces'}, or one of a user namespace above "
        f"this one{deep}",
        "end what holds many namespaces (nslab ps, lsns), or raise the limit as root: "
        + " && ".join(f"sysctl -w user.max_{kind}_namespaces={limits.ENOUGH}" for kind in kinds),
    )


def _a_limit_on_processes(refused: Refusal) -> Found:
    if refused.errno != errno.EAGAIN or refused.name not in (*_MAKES, ""):
        return None  # Python's own fork() has no name
    known = limits.on_processes()
    # The refused call itself had taken one or two, which are given back by now.
    near = [limit for limit in known if limit.used >= limit.value - max(8, limit.value // 10)]
    told = near or [limit for limit in known if limit.name != "kernel.threads-max"] or known
    return "; ".join(map(str, told)), "; or ".join(dict.fromkeys(limit.mend for limit in told))


def _a_chroot(refused: Refusal) -> Found:
    asks_for_users = refused.errno == errno.EPERM and refused.flags & FLAGS["user"]
    changes_root = refused.errno == errno.EINVAL and refused.name in ("mount", "pivot_root")
    if not (asks_for_users or changes_root) or not places.is_in_chroot():
        return None
    return (
        "this process runs in a chroot (chroot(2)), whose root directory is no mount: there the kernel makes no user "
        "namespace, and no mount of it can be made private",
        OUT_OF_THE_CHROOT,
    )


def _a_setting(refused: Refusal) -> Found:
    if refused.errno not in (errno.EPERM, errno.EACCES, errno.ENOSPC):
        return None
    if refused.errno != errno.ENOSPC and privilege.rules_the_machine("CAP_SYS_ADMIN"):
        return None  # it is not asked then
    found = settings.unsupported()
    return (found.why, found.mend) if found else None


def _no_number(refused: Refusal) -> Found:
    if refused.errno != errno.EPERM or not refused.flags & FLAGS["user"] or not places.unmapped():
        return None
    return (
        f"uid {os.geteuid()} has no entry in the uid_map of this user namespace, and who has none makes no other",
        "run nslab as a user that the namespace knows (unshare --map-root-user, or newuidmap(1))",
    )


def _a_mask(refused: Refusal) -> Found:
    if refused.name != "mount" or refused.errno not in (errno.EPERM, errno.EACCES) or '"proc"' not in refused.args:
        return None
    masked = places.proc().masked
    if not masked:
        return None
    return (
        f"a part of /proc is hidden here by mounts over it, as containers have it ({', '.join(masked[:4])}), and with "
        "that the kernel lets no user namespace mount another /proc",
        "start the container with --security-opt unmask=ALL (podman) or systempaths=unconfined (docker), or run nslab "
        "outside of it",
    )


def _a_place(refused: Refusal) -> Found:
    if not refused.path:
        return None
    if refused.errno == errno.ENOENT and refused.path.startswith(("/proc/", "/sys/")) and _is_bare(refused.path[:5]):
        top = refused.path[:5].rstrip("/")
        kind = {"/proc": "proc", "/sys": "sysfs"}[top]
        return f"{top} is not mounted here", f"as root: mount -t {kind} {kind} {top}"
    gone = re.match(r"/proc/(\d+)/", refused.path)
    if refused.errno == errno.ENOENT and gone and not os.path.lexists(f"/proc/{gone[1]}"):
        return f"process {gone[1]} has ended meanwhile", "run it again, when the machine has less to do"
    if refused.errno == errno.ENOENT:
        return f"{refused.path} is not there", f"as root: make it, as every distribution has it ({refused.path})"
    if refused.errno == errno.EROFS:
        mount = places.mount_of(refused.path)
        at = f" (the mount at {mount.point})" if mount else ""
        return (
            f"{refused.path} is read-only here{at}",
            f"as root: mount -o remount,rw {mount.point if mount else refused.path}; a container: start it without "
            "--read-only, or with --privileged",
        )
    if refused.errno in (errno.ENOSPC, errno.EDQUOT):
        room = places.why_not_writable(os.path.dirname(refused.path)) or f"{refused.path} has no room left"
        return room, f"make room: df {os.path.dirname(refused.path)}; df -i {os.path.dirname(refused.path)}"
    return None


def _is_bare(top: str) -> bool:
    """Whether the kernel's own files are not to be seen at /proc or /sys."""
    return not os.path.lexists({"/proc": "/proc/self", "/sys/": "/sys/kernel"}[top])


def _descriptors(refused: Refusal) -> Found:
    if refused.errno not in (errno.EMFILE, errno.ENFILE):
        return None
    value = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return (
        f"the limit on open files is reached (ulimit -n is {value}, fs.file-max {files.read('/proc/sys/fs/file-max')})",
        "raise it: ulimit -n 1024, where your hard limit lets you",
    )


def _memory(refused: Refusal) -> Found:
    if refused.errno != errno.ENOMEM:
        return None
    room = limits.memory(list(limits.above("memory")))
    space = resource.getrlimit(resource.RLIMIT_AS)[0]
    own = "" if space == resource.RLIM_INFINITY else f"; ulimit -v is {space >> 10} KiB"
    return (
        f"there is no memory for it: {room.free >> 20} MiB are free ({room.by}){own}",
        "end what uses much memory, or raise the limit",
    )


def _cpus(refused: Refusal) -> Found:
    if refused.errno != errno.EINVAL or refused.name != "sched_setaffinity":
        return None
    return (
        f"this process may use the CPUs {', '.join(map(str, cpus.usable_cpus()))} alone (its cpuset)",
        "ask for one of these, or have the container given more (--cpuset-cpus, AllowedCPUs=)",
    )


def _a_policy(refused: Refusal) -> Found:
    if refused.errno != errno.EINVAL or not refused.path.endswith(("/cgroup.procs", "/tasks")):
        return None
    if os.sched_getscheduler(0) not in (os.SCHED_FIFO, os.SCHED_RR):
        return None
    return (
        "this process has a real-time policy (chrt -p), and this kernel lets such a process only into cgroups that "
        "have real-time CPU time of their own (cpu.rt_runtime_us, CONFIG_RT_GROUP_SCHED)",
        f"run nslab with the usual policy: chrt --other 0 nslab …   (one that runs: chrt --other -p 0 {os.getpid()})",
    )


def _a_ceiling(refused: Refusal) -> Found:
    if refused.errno != errno.EINVAL or not refused.path.endswith(("/cpu.cfs_quota_us", "/cpu.max")):
        return None
    least, by = limits.ceiling(limits.upwards(os.path.dirname(os.path.dirname(refused.path))))
    if not by:
        return None
    return (
        f"a cgroup above allows {least:.4g} % of a CPU ({by}), and none below may be given more",
        f"ask for a quota of {least:.4g} % at most, or raise the one above",
    )


NEEDS = {
    **dict.fromkeys(("clone", "clone3", "unshare", "setns", "mount", "umount2", "pivot_root", "sethostname",
                     "setdomainname", "bpf", "swapon", "swapoff"), ("CAP_SYS_ADMIN",)),
    **dict.fromkeys(("setgroups", "setresgid"), ("CAP_SETGID",)),
    "setresuid": ("CAP_SETUID",), "chroot": ("CAP_SYS_CHROOT",), "mknod": ("CAP_MKNOD",),
    "clock_settime": ("CAP_SYS_TIME",), "perf_event_open": ("CAP_PERFMON",), "kill": ("CAP_KILL",),
    "socket": ("CAP_NET_RAW",),
}  # fmt: skip
"""System call → the capabilities that it asks for (capabilities(7))."""


def _a_capability(refused: Refusal) -> Found:
    if refused.errno not in (errno.EPERM, errno.EACCES):
        return None
    names: tuple[str, ...] = NEEDS.get(refused.name, ())
    if refused.path.endswith("/uid_map"):
        names = ("CAP_SETUID", "CAP_SETFCAP")
    elif refused.path.endswith("/gid_map"):
        names = ("CAP_SETGID",)
    without = privilege.lacking(*names, machine=True) if names else ""
    if not without:
        return None
    asked = f"{refused.name}(2)" if refused.name in NEEDS else f"a map of another's ids in {refused.path}"
    return f"{asked} asks for {' and '.join(names)}, and {without}", privilege.mend(*names, machine=True)


def _no_groups(refused: Refusal) -> Found:
    if refused.errno != errno.EPERM or refused.name != "setgroups" or files.read("/proc/self/setgroups") != "deny":
        return None
    return (
        "setgroups(2) is denied in this user namespace (/proc/self/setgroups), as unshare --map-root-user leaves it",
        "run nslab outside of this user namespace, or in one whose maps root or newgidmap(1) has written",
    )


def _perhaps_a_filter(refused: Refusal) -> Found:
    if refused.errno not in (errno.EPERM, errno.ENOSYS) or not seccomp.filtered():
        return None
    return (
        f"this process has a seccomp filter (Seccomp: 2 in /proc/self/status), which may be what answers to "
        f"{refused.name or 'the call'}",
        "start the container with --security-opt seccomp=unconfined, or " + ROOTLESS,
    )


_MACHINE = (_a_filter, _a_setting, _a_limit_on_namespaces, _a_chroot, _no_number, _a_mask, _a_limit_on_processes)
"""What explains an error to whoever made the call: settings of the machine."""
_PROCESS = (_a_place, _descriptors, _memory, _cpus, _a_policy, _a_ceiling, _no_groups, _a_capability,
            _a_limit_further_up, _perhaps_a_filter)  # fmt: skip
"""What else explains it where nslab made the call itself."""
