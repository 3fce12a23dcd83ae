"""Filters of system calls: seccomp(2). libseccomp knows their numbers on each architecture and makes the program
(seccomp_init(3), seccomp_rule_add(3), seccomp_export_bpf(3)); the kernel is handed that by the call itself.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import struct
from collections.abc import Mapping
from ctypes import c_char_p, c_int, c_size_t, c_uint, c_uint32, c_void_p
from functools import cache

from nslab.errors import Unsupported
from nslab.linux import arch
from nslab.linux.flags import CloneFlag
from nslab.linux.libc import syscall

ALLOW = "allow"
ACTIONS = {
    "kill": 0x80000000, "thread": 0x00000000, "trap": 0x00030000, "log": 0x7FFC0000, ALLOW: 0x7FFF0000,
}  # fmt: skip
"""What a filter says → its number (SECCOMP_RET_* in include/uapi/linux/seccomp.h): kill the process or the thread, send
it SIGSYS, allow and log, allow. Any other word is the name of an errno, which the call then gets."""
_ERRNO = 0x00050000
NOTIFY = 0x7FC00000
"""SECCOMP_RET_USER_NOTIF: a supervisor is told of the call, and says what it gets (seccomp_unotify(2))."""
_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
"""AUDIT_ARCH_* (include/uapi/linux/audit.h): the same number is another call on another architecture."""
_LOAD, _EQUAL, _RETURN = 0x20, 0x15, 0x06
"""BPF_LD|BPF_W|BPF_ABS, BPF_JMP|BPF_JEQ|BPF_K, BPF_RET|BPF_K."""
_NUMBER_AT, _ARCHITECTURE_AT = 0, 4
"""Where struct seccomp_data has them."""
_SET_MODE_FILTER = 1
_NEW_LISTENER = 8
_RECEIVE, _SEND = 0xC0502100, 0xC0182101
"""SECCOMP_IOCTL_NOTIF_RECV and _SEND."""
_NOTE, _REPLY = struct.Struct("=QIIiIQ6Q"), struct.Struct("=QqiI")
"""struct seccomp_notif and struct seccomp_notif_resp."""
_RULE = struct.Struct("HBBI")
"""struct sock_filter."""
_seccomp = syscall("seccomp", c_uint, c_uint, c_void_p)
_clone3 = syscall("clone3", c_void_p, c_size_t)


class _Compare(ctypes.Structure):
    """struct scmp_arg_cmp: one argument of a call, and what it is compared with (seccomp_rule_add(3))."""

    _fields_ = (("argument", c_uint), ("op", c_int), ("mask", ctypes.c_uint64), ("value", ctypes.c_uint64))


class _Program(ctypes.Structure):
    """struct sock_fprog."""

    _fields_ = (("length", ctypes.c_ushort), ("filter", c_char_p))


def number_of(action: str) -> int:
    """An action's number. Raises ValueError for what is neither one of ACTIONS nor an errno's name."""
    if action in ACTIONS:
        return ACTIONS[action]
    if action in errno.errorcode.values():
        return _ERRNO | int(getattr(errno, action))
    raise ValueError(f"action={action!r}: give one of {', '.join(ACTIONS)}, or the name of an errno, such as EPERM")


def number_of_call(name: str) -> int | None:
    """A system call's number on this machine, None where its architecture has none. Raises ValueError for a name that
    there is not anywhere, `nslab.Unsupported` without libseccomp.
    """
    number = int(_library().seccomp_syscall_resolve_name(name.encode()))
    if number == _NO_SUCH_CALL:
        raise ValueError(f"{name!r} is no system call that libseccomp knows: syscalls(2) lists them")
    return number if number >= 0 else None


def program(rules: Mapping[str, str], default: str = ALLOW, namespaces: str = "") -> bytes:
    """The filter as the kernel takes it: system call → action, and what is said to all others; `namespaces` is what
    clone(2) gets that asks for new ones.

    A call that this architecture does not have is passed over. Raises ValueError for a name that there is not anywhere,
    and for an action that is none; `nslab.Unsupported` without libseccomp.
    """
    library = _library()
    context = library.seccomp_init(number_of(default))
    try:
        for name, action in rules.items():
            number = number_of_call(name)
            refused = number is not None and library.seccomp_rule_add(context, number_of(action), number, 0)
            # EACCES: the rule says what the default says already.
            if refused and refused != -errno.EACCES:
                raise OSError(-refused, f"seccomp_rule_add({action}, {name})")
        for bit in (flag for flag in CloneFlag if namespaces and flag is not CloneFlag.CLONE_NEWTIME):
            asked = _Compare(0, _MASKED_EQ, int(bit), int(bit))
            clone = library.seccomp_syscall_resolve_name(b"clone")
            failed = library.seccomp_rule_add_array(context, number_of(namespaces), clone, 1, ctypes.byref(asked))
            if failed:
                raise OSError(-failed, f"seccomp_rule_add_array(clone, {bit})")
        with os.fdopen(os.memfd_create("filter"), "rb") as made:
            failed = library.seccomp_export_bpf(context, made.fileno())
            if failed:
                raise OSError(-failed, "seccomp_export_bpf")
            made.seek(0)
            return made.read()
    finally:
        library.seccomp_release(context)


def one_call(name: str, action: int) -> bytes:
    """A filter of seven instructions, written by hand: `action` for one call, and every other one is allowed.

    Raises `nslab.Unsupported` for a call or an architecture of which no number is known here.
    """
    number = arch.number(name)
    return b"".join(
        _RULE.pack(*instruction)
        for instruction in (
            (_LOAD, 0, 0, _ARCHITECTURE_AT),
            (_EQUAL, 1, 0, architecture()),
            (_RETURN, 0, 0, ACTIONS["kill"]),
            (_LOAD, 0, 0, _NUMBER_AT),
            (_EQUAL, 0, 1, number),
            (_RETURN, 0, 0, action),
            (_RETURN, 0, 0, ACTIONS[ALLOW]),
        )
    )


def ask_clone3() -> None:
    """Call clone3(2) without arguments, which makes nothing. Raises OSError: EINVAL, or what a filter says."""
    _clone3((None, "NULL"), 0)


def architecture() -> int:
    """What a filter finds as the architecture of a call made here (AUDIT_ARCH_*)."""
    return _ARCHITECTURES[os.uname().machine]


def listen(filter_: bytes) -> int:
    """Put a filter on this process that answers some calls with NOTIFY; return the supervisor's descriptor.

    Raises OSError as install() does.
    """
    whole = _Program(len(filter_) // _RULE.size, filter_)
    return _seccomp((_SET_MODE_FILTER, "SECCOMP_SET_MODE_FILTER"), (_NEW_LISTENER, "SECCOMP_FILTER_FLAG_NEW_LISTENER"),
                    (ctypes.addressof(whole), f"{whole.length} instructions"))  # fmt: skip


def supervise(listener: int, value: int) -> int:
    """Wait for one call, have it return `value` without being made, and return its number. Raises OSError."""
    note = bytearray(_NOTE.size)
    fcntl.ioctl(listener, _RECEIVE, note)
    ident, _, _, number, *_ = _NOTE.unpack(note)
    fcntl.ioctl(listener, _SEND, bytearray(_REPLY.pack(ident, value, 0, 0)))
    return int(number)


def install(filter_: bytes) -> None:
    """Put a filter on this process, for good, and on its children. Raises OSError (EACCES) for somebody who has neither
    CAP_SYS_ADMIN nor no_new_privs, EINVAL for a program that is none.
    """
    whole = _Program(len(filter_) // _RULE.size, filter_)
    _seccomp(
        (_SET_MODE_FILTER, "SECCOMP_SET_MODE_FILTER"), 0, (ctypes.addressof(whole), f"{whole.length} instructions")
    )


_MASKED_EQ = 7
"""SCMP_CMP_MASKED_EQ: the argument's bits that are in the mask are those of the value."""
_NO_SUCH_CALL = -1
"""__NR_SCMP_ERROR; numbers below it are of calls that other architectures have (seccomp_syscall_resolve_name(3))."""


@cache
def _library() -> ctypes.CDLL:
    try:
        library = ctypes.CDLL("libseccomp.so.2")
    except OSError:
        raise Unsupported("a filter of system calls", "there is no libseccomp.so.2 here",
                          "sudo apt-get install libseccomp2") from None  # fmt: skip
    library.seccomp_init.restype = c_void_p
    library.seccomp_init.argtypes = (c_uint32,)
    library.seccomp_rule_add.argtypes = (c_void_p, c_uint32, c_int, c_uint)
    library.seccomp_rule_add_array.argtypes = (c_void_p, c_uint32, c_int, c_uint, c_void_p)
    library.seccomp_syscall_resolve_name.argtypes = (c_char_p,)
    library.seccomp_export_bpf.argtypes = (c_void_p, c_int)
    library.seccomp_release.argtypes = (c_void_p,)
    library.seccomp_release.restype = None
    return library
