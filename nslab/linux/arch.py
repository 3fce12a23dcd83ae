"""Numbers that differ from one machine architecture to the next.

Source: arch/x86/entry/syscalls/syscall_64.tbl and include/uapi/asm-generic/unistd.h (aarch64).
"""

from __future__ import annotations

import functools
import os

_NUMBERS = {
    "x86_64": {"clone": 56, "pivot_root": 155, "setns": 308, "clone3": 435, "capget": 125, "capset": 126,
               "mq_open": 240, "mq_unlink": 241, "mq_timedsend": 242, "mq_timedreceive": 243,
               "perf_event_open": 298, "bpf": 321, "pidfd_getfd": 438, "pidfd_open": 434, "pidfd_send_signal": 424,
               "unshare": 272, "mount": 165, "umount2": 166},
    "aarch64": {"clone": 220, "pivot_root": 41, "setns": 268, "clone3": 435, "capget": 90, "capset": 91,
                "mq_open": 180, "mq_unlink": 181, "mq_timedsend": 182, "mq_timedreceive": 183,
                "perf_event_open": 241, "bpf": 280, "pidfd_getfd": 438, "pidfd_open": 434, "pidfd_send_signal": 424,
               "unshare": 97, "mount": 40, "umount2": 39},
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
