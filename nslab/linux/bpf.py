"""BPF programs that decide which devices the processes of a cgroup of v2 may open or make (bpf(2)).

v2 has no files for that: a program of a few instructions is asked at each open(2) and mknod(2).
Source: include/uapi/linux/bpf.h, cgroup-v2.rst ("Device controller").
"""

from __future__ import annotations

import os
import struct
from collections.abc import Sequence
from ctypes import addressof, c_int, c_uint, c_void_p, create_string_buffer
from typing import NamedTuple

from nslab.linux.libc import syscall

_bpf = syscall("bpf", c_int, c_void_p, c_uint)

BPF_PROG_LOAD, BPF_PROG_ATTACH = 5, 8
BPF_PROG_TYPE_CGROUP_DEVICE = 15
BPF_CGROUP_DEVICE = 6
BPF_F_ALLOW_MULTI = 2
ACCESS = {"m": 1, "r": 2, "w": 4}
"""BPF_DEVCG_ACC_MKNOD, _READ and _WRITE, by the letters that v1 has for them."""
KINDS = {"b": 1, "c": 2}
"""BPF_DEVCG_DEV_BLOCK and _CHAR, likewise."""


class Rule(NamedTuple):
    """What may, or may not, be done with one device: `kind` is "b" or "c", `access` letters of "rwm"."""

    allow: bool
    kind: str
    major: int
    minor: int
    access: str

    def __str__(self) -> str:
        """The rule without its verb, as v1 writes it: "c 1:5 rwm"."""
        return f"{self.kind} {self.major}:{self.minor} {self.access}"


def device_program(rules: Sequence[Rule], otherwise: bool) -> bytes:
    """The instructions that compare an access with each rule in order, and answer `otherwise` where no rule fits.

    A rule that allows fits when it has every letter that is asked for, a rule that denies when it has any of them.
    """
    # The context in r1 has three numbers: access << 16 | kind, major, minor. The answer goes to r0.
    code = [_load(2, 0), _copy(3, 2), _and(2, 0xFFFF), _shift(3, 16), _load(4, 4), _load(5, 8)]
    for rule in rules:
        mask = sum(ACCESS[letter] for letter in rule.access)
        fits = [_copy(0, 3), _and(0, 7 & ~mask if rule.allow else mask)]
        fits.append(_skip_unless_zero(0, 2) if rule.allow else _skip_if_zero(0, 2))
        fits += [_set(0, int(rule.allow)), _EXIT]
        for register, wanted in ((5, rule.minor), (4, rule.major), (2, KINDS[rule.kind])):
            fits = [_skip_unless(register, wanted, len(fits)), *fits]
        code += fits
    return b"".join([*code, _set(0, int(otherwise)), _EXIT])


def attach_to_cgroup(directory: str, program: bytes) -> None:
    """Load a program and attach it to a cgroup of v2, beside those that are there; it goes with the cgroup.

    Raises OSError: EPERM without CAP_BPF and CAP_NET_ADMIN, EINVAL where the kernel has no such programs.
    """
    code, license = create_string_buffer(program, len(program)), create_string_buffer(b"GPL")
    count = len(program) // 8
    attributes = struct.pack("IIQQ", BPF_PROG_TYPE_CGROUP_DEVICE, count, addressof(code), addressof(license))
    loaded = _call(BPF_PROG_LOAD, "BPF_PROG_LOAD", attributes, f"BPF_PROG_TYPE_CGROUP_DEVICE, {count} instructions")
    try:
        cgroup = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            attributes = struct.pack("IIII", cgroup, loaded, BPF_CGROUP_DEVICE, BPF_F_ALLOW_MULTI)
            _call(BPF_PROG_ATTACH, "BPF_PROG_ATTACH", attributes, f'"{directory}", BPF_CGROUP_DEVICE')
        finally:
            os.close(cgroup)
    finally:
        os.close(loaded)


def _call(command: int, name: str, attributes: bytes, shown: str) -> int:
    # The kernel takes a longer structure than it knows when the rest is zero, and fills a shorter one with zeros.
    room = create_string_buffer(attributes, len(attributes))
    return _bpf((command, name), (addressof(room), f"{{{shown}}}"), len(attributes))


def _instruction(code: int, to: int = 0, source: int = 0, offset: int = 0, value: int = 0) -> bytes:
    return struct.pack("=BBhi", code, to | source << 4, offset, value)


_EXIT = _instruction(0x95)


def _load(register: int, offset: int) -> bytes:
    """register = the number at r1 + offset"""
    return _instruction(0x61, register, 1, offset)


def _copy(register: int, other: int) -> bytes:
    return _instruction(0xBC, register, other)


def _set(register: int, value: int) -> bytes:
    return _instruction(0xB4, register, value=value)


def _and(register: int, value: int) -> bytes:
    return _instruction(0x54, register, value=value)


def _shift(register: int, bits: int) -> bytes:
    """register >>= bits"""
    return _instruction(0x74, register, value=bits)


def _skip_unless(register: int, value: int, count: int) -> bytes:
    """Skip `count` instructions when the register has another value."""
    return _instruction(0x55, register, offset=count, value=value)


def _skip_if_zero(register: int, count: int) -> bytes:
    return _instruction(0x15, register, offset=count)


def _skip_unless_zero(register: int, count: int) -> bytes:
    return _skip_unless(register, 0, count)
