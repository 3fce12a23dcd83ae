"""Numbers that differ from one machine architecture to the next.

Source: arch/x86/entry/syscalls/syscall_64.tbl and include/uapi/asm-generic/unistd.h (aarch64).
"""

from __future__ import annotations

import functools
import os

_NUMBERS = {
    "x86_64": {"clone": 56, "uname": 63, "getppid": 110, "capget": 125,
               "capset": 126, "pivot_root": 155, "mount": 165, "umount2": 166,
               "unshare": 272, "perf_event_open": 298, "setns": 308, "seccomp": 317, "bpf": 321,
               "pidfd_send_signal": 424, "pidfd_open": 434, "clone3": 435, "pidfd_getfd": 438},
    "aarch64": {"clone": 220, "uname": 160, "getppid": 173, "capget": 90,
                "capset": 91, "pivot_root": 41, "mount": 40, "umount2": 39,
                "unshare": 97, "perf_event_open": 241, "setns": 268, "seccomp": 277, "bpf": 280,
                "pidfd_send_signal": 424, "pidfd_open": 434, "clone3": 435, "pidfd_getfd": 438},
}  # fmt: skip


@functools.cache
def number(name: str) -> int:
    """Return the number of the system call `name` on this machine.

    Raises `nslab.Unsupported` on an architecture other than x86_64 and aarch64.
    """
    machine = os.uname().machine
    try:
        return _NUMBERS[machine][name]
    except KeyError:
        from nslab.errors import Unsupported

        raise Unsupported(
            f"the system call {name} on {machine}",
            f"nslab knows the numbers of system calls for {' and '.join(_NUMBERS)} only",
            "run nslab in a VM with an x86_64 or aarch64 Linux (vagrant up)",
        ) from None
