"""Capabilities, and over which user namespace: what a uid alone does not tell (capabilities(7), user_namespaces(7))."""

from __future__ import annotations

import os
import shlex
import sys

from nslab.errors import Unsupported
from nslab.linux import ns, process

BITS = {
    "CAP_CHOWN": 0, "CAP_DAC_OVERRIDE": 1, "CAP_KILL": 5, "CAP_SETGID": 6, "CAP_SETUID": 7, "CAP_NET_ADMIN": 12,
    "CAP_NET_RAW": 13, "CAP_SYS_CHROOT": 18, "CAP_SYS_PTRACE": 19, "CAP_SYS_ADMIN": 21, "CAP_SYS_NICE": 23,
    "CAP_SYS_RESOURCE": 24, "CAP_SYS_TIME": 25, "CAP_MKNOD": 27, "CAP_SETFCAP": 31, "CAP_PERFMON": 38, "CAP_BPF": 39,
}  # fmt: skip
"""Capability → its bit (include/uapi/linux/capability.h), of those that the course needs."""
INITIAL = 0xEFFFFFFD
"""The inode number of the first user namespace (include/linux/proc_ns.h, PROC_USER_INIT_INO)."""


def has(*names: str) -> bool:
    """Whether this process has all these capabilities in effect, in whichever user namespace it is."""
    held = int(process.status()["CapEff"], 16)
    return all(held >> BITS[name] & 1 for name in names)


def root_would_have(*names: str) -> bool:
    """Whether sudo(8) gives these capabilities: whoever becomes root gets none that the bounding set lacks."""
    bounds = int(process.status()["CapBnd"], 16)
    return all(bounds >> BITS[name] & 1 for name in names)


def is_over_the_machine() -> bool:
    """Whether this process is in the machine's first user namespace: in another its capabilities end with that."""
    return ns.inode("user") == INITIAL


def rules_the_machine(*names: str) -> bool:
    """Whether this process has all these capabilities over the machine itself."""
    return is_over_the_machine() and has(*names)


def lacking(*names: str, machine: bool = False) -> str:
    """Which of these capabilities this process lacks (`machine`: over the machine), as half a sentence; "" for none."""
    missing = [name for name in names if not has(name)]
    if missing:
        return f"this process, uid {os.geteuid()}, does not have {' and '.join(missing)}"
    if machine and not is_over_the_machine():
        return (
            f"this process, uid {os.geteuid()}, has {' and '.join(names)} in its own user namespace alone, "
            "and not over the machine"
        )
    return ""


def mend(*names: str, machine: bool = False, demo: str = "") -> str:
    """What gives a process these capabilities: another command for a user, for a container's root, inside a namespace.

    `demo` is what is to be run again; all of nslab by default.
    """
    if not is_over_the_machine() and (machine or os.geteuid() == 0):
        return "run nslab outside of this user namespace (unshare -U, a rootless container), or in the VM: vagrant up"
    if os.geteuid() == 0:
        return f"start the container with {_options(names)}, or run nslab outside of it"
    return as_root(*names, demo=demo)


def _options(names: tuple[str, ...]) -> str:
    added = " ".join(f"--cap-add {name.removeprefix('CAP_')}" for name in names)
    return f"{added} (or --privileged)" if added else "--privileged"


def as_root(*names: str, demo: str = "") -> str:
    """What mends it where root is asked for, with these capabilities: a command that is right wherever nslab is
    installed; and where root has not got them, as in a container, what gives them to it.
    """
    if not root_would_have(*names):
        return f"start the container with {_options(names)} and run nslab as root in it, or run nslab outside of it"
    if not demo:
        return "run it as root: sudo make lab, or in the VM: vagrant up"
    beside = os.path.join(os.path.dirname(sys.executable), "nslab")
    command = shlex.quote(beside) if os.access(beside, os.X_OK) else "nslab"
    return f"run it as root: sudo {command} demo {demo} in a terminal   (or all of nslab: sudo make lab)"


def demand(what: str, asks: str, *names: str, demo: str) -> None:
    """Raise the `nslab.Unsupported` of `what` where this process lacks one of these capabilities over the machine.

    `asks` is who asks for them, such as "mount(2)".
    """
    without = lacking(*names, machine=True)
    if without:
        raise Unsupported(
            what, f"{asks} asks for {' and '.join(names)}, and {without}", mend(*names, machine=True, demo=demo)
        )


def demand_new(what: str) -> None:
    """Raise the `nslab.Unsupported` of `what`, for which execve(2) has to give privileges, where no_new_privs is set.

    It is handed on to all children, and nobody can take it back (prctl(2), PR_SET_NO_NEW_PRIVS).
    """
    if process.status()["NoNewPrivs"] == "1":
        raise Unsupported(
            what,
            "this process has NoNewPrivs: 1 in /proc/self/status, so no program gives it more than it has",
            "start nslab from a process that has it not: a container without --security-opt no-new-privileges "
            "(Kubernetes: allowPrivilegeEscalation: true), a systemd unit with NoNewPrivileges=no",
        )
