"""Run a program under a filter of system calls: python -m tests.cases.filtered ERRNO NAME[,NAME…] PROGRAM …

A filter of classic BPF by hand (seccomp(2)), as a container's runtime sets one: the named calls get ERRNO, the others
go through.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
import sys

from nslab.linux import arch

PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
LOAD, JUMP_EQUAL, RETURN = 0x20, 0x15, 0x06
ALLOW, ERRNO = 0x7FFF0000, 0x00050000
MORE = {
    "x86_64": {"mknod": 133, "chroot": 161, "sethostname": 170, "setdomainname": 171, "mknodat": 259,
               "memfd_create": 319},
    "aarch64": {"mknodat": 33, "chroot": 51, "sethostname": 161, "setdomainname": 162, "memfd_create": 279},
}  # fmt: skip
"""Numbers of calls that nslab makes by libc alone (arch/x86/entry/syscalls/syscall_64.tbl, asm-generic/unistd.h)."""


def program(numbers: list[int], error: int) -> bytes:
    """Load the number of the call (offset 0 of seccomp_data), compare it with each, and return."""
    lines = [(LOAD, 0, 0, 0)]
    for left, number in zip(range(len(numbers), 0, -1), numbers, strict=True):
        lines.append((JUMP_EQUAL, left, 0, number))
    lines += [(RETURN, 0, 0, ALLOW), (RETURN, 0, 0, ERRNO | error)]
    return b"".join(struct.pack("=HBBI", *line) for line in lines)


def numbers(names: list[str]) -> list[int]:
    """The numbers of these calls here, but of those that this architecture has not: aarch64 has no mknod(2)."""
    mine, everywhere = MORE[os.uname().machine], {name for table in MORE.values() for name in table}
    return [
        mine[name] if name in mine else arch.number(name) for name in names if name in mine or name not in everywhere
    ]


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def main(error: str, names: str, argv: list[str]) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    code = program(numbers(names.split(",")), getattr(errno, error))
    ready = _Program(len(code) // 8, code)
    for args in ((PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(ready), 0, 0)):
        if libc.prctl(*args) != 0:
            raise OSError(ctypes.get_errno(), f"prctl{args}")
    os.execvp(argv[0], argv)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
