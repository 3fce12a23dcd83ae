"""The five sets of capabilities of a thread, by name, and how they are made smaller (capabilities(7))."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from ctypes import c_int, c_ulong
from typing import NamedTuple

from nslab.linux import caps, process
from nslab.linux.libc import function

NAMES = (
    "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_SETGID",
    "CAP_SETUID", "CAP_SETPCAP", "CAP_LINUX_IMMUTABLE", "CAP_NET_BIND_SERVICE", "CAP_NET_BROADCAST", "CAP_NET_ADMIN",
    "CAP_NET_RAW", "CAP_IPC_LOCK", "CAP_IPC_OWNER", "CAP_SYS_MODULE", "CAP_SYS_RAWIO", "CAP_SYS_CHROOT",
    "CAP_SYS_PTRACE", "CAP_SYS_PACCT", "CAP_SYS_ADMIN", "CAP_SYS_BOOT", "CAP_SYS_NICE", "CAP_SYS_RESOURCE",
    "CAP_SYS_TIME", "CAP_SYS_TTY_CONFIG", "CAP_MKNOD", "CAP_LEASE", "CAP_AUDIT_WRITE", "CAP_AUDIT_CONTROL",
    "CAP_SETFCAP", "CAP_MAC_OVERRIDE", "CAP_MAC_ADMIN", "CAP_SYSLOG", "CAP_WAKE_ALARM", "CAP_BLOCK_SUSPEND",
    "CAP_AUDIT_READ", "CAP_PERFMON", "CAP_BPF", "CAP_CHECKPOINT_RESTORE",
)  # fmt: skip
"""In the order of their bits (include/uapi/linux/capability.h)."""
_prctl = function("prctl", c_int, c_ulong, c_ulong, c_ulong, c_ulong)
PR_CAPBSET_DROP = 24
PR_SET_NO_NEW_PRIVS = 38
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
PR_CAP_AMBIENT_CLEAR_ALL = 4


class Sets(NamedTuple):
    """The names in each of the five sets of a thread."""

    inheritable: frozenset[str]
    permitted: frozenset[str]
    effective: frozenset[str]
    bounding: frozenset[str]
    ambient: frozenset[str]


def of(pid: int | str = "self") -> Sets:
    """The sets of a process's first thread (CapInh, CapPrm, CapEff, CapBnd, CapAmb in /proc/PID/status).

    Raises OSError when it is gone.
    """
    return told(process.status(pid))


def told(status: Mapping[str, str]) -> Sets:
    """The five sets that the lines of a /proc/PID/status tell, as process.status() has them."""
    return Sets(*(named(int(status[f"Cap{each}"], 16)) for each in ("Inh", "Prm", "Eff", "Bnd", "Amb")))


def named(bits: int) -> frozenset[str]:
    """The names of the bits that are set; one that is newer than this list is its number."""
    return frozenset(
        NAMES[bit] if bit < len(NAMES) else f"CAP_{bit}" for bit in range(bits.bit_length()) if bits >> bit & 1
    )


def as_bits(names: Iterable[str]) -> int:
    """The number in which the bit of each of these names is set."""
    return sum(1 << NAMES.index(name) for name in set(names))


def checked(argument: str, names: Iterable[str]) -> frozenset[str]:
    """Names with or without CAP_, in any case, as this list has them. Raises TypeError, ValueError naming the value."""
    if isinstance(names, str) or not all(isinstance(name, str) for name in names):
        raise TypeError(f"{argument}={names!r}: give a list of capabilities, such as ['CAP_NET_BIND_SERVICE']")
    full = {name: f"CAP_{name.upper().removeprefix('CAP_')}" for name in names}
    unknown = [name for name, each in full.items() if each not in NAMES]
    if unknown:
        raise ValueError(f"{argument}: there is no capability {', '.join(unknown)}; capabilities(7) lists them")
    return frozenset(full.values())


def bound(keep: Iterable[str]) -> None:
    """Take all others out of the bounding set: no execve(2) brings them back, whoever it is that calls it (prctl(2)).

    Raises OSError (EPERM) without CAP_SETPCAP.
    """
    wanted, there = frozenset(keep), of().bounding
    for bit, name in enumerate(NAMES):
        if name in there - wanted:
            _prctl((PR_CAPBSET_DROP, "PR_CAPBSET_DROP"), (bit, name), 0, 0, 0)


def keep_only(keep: Iterable[str]) -> None:
    """Leave this process these of its capabilities, and none that an execve(2) hands on (capset(2)). Raises OSError."""
    wanted = frozenset(keep) & of().permitted
    _prctl((PR_CAP_AMBIENT, "PR_CAP_AMBIENT"), (PR_CAP_AMBIENT_CLEAR_ALL, "PR_CAP_AMBIENT_CLEAR_ALL"), 0, 0, 0)
    set_to(wanted, wanted, ())


def set_to(effective: Iterable[str], permitted: Iterable[str], inheritable: Iterable[str]) -> None:
    """Set three of the sets of this thread (capset(2)). Raises OSError (EPERM) for what is not permitted."""
    caps.set_to(*(as_bits(names) for names in (effective, permitted, inheritable)))


def raise_ambient(names: Iterable[str]) -> None:
    """Have an execve(2) hand these on, also to who is not root (prctl(2), PR_CAP_AMBIENT).

    Raises OSError (EPERM) for what is not both permitted and inheritable.
    """
    for name in sorted(names):
        _prctl((PR_CAP_AMBIENT, "PR_CAP_AMBIENT"), (PR_CAP_AMBIENT_RAISE, "PR_CAP_AMBIENT_RAISE"),
               (NAMES.index(name), name), 0, 0)  # fmt: skip


def set_no_new_privs() -> None:
    """Have no execve(2) of this process and its children ever give more privilege (prctl(2)). Raises OSError."""
    _prctl((PR_SET_NO_NEW_PRIVS, "PR_SET_NO_NEW_PRIVS"), 1, 0, 0, 0)


def clear_no_new_privs() -> None:
    """Ask to have that undone, which the kernel refuses. Raises OSError (EINVAL)."""
    _prctl((PR_SET_NO_NEW_PRIVS, "PR_SET_NO_NEW_PRIVS"), 0, 0, 0, 0)
