"""Capabilities of a program's file: the extended attribute security.capability (capabilities(7), xattr(7))."""

from __future__ import annotations

import errno
import os
import struct
from collections.abc import Iterable

from nslab.linux import capsets, trace

ATTRIBUTE = "security.capability"
_REVISION_2, _EFFECTIVE = 0x02000000, 1
_LAYOUT = struct.Struct("<5I")
"""struct vfs_cap_data: revision and flag, then permitted and inheritable of the lower and of the upper 32 bits."""


def give(path: str, names: Iterable[str], effective: bool = True) -> None:
    """Give a file these permitted capabilities, in effect at once or not; what setcap(8) does.

    The kernel keeps them for the user namespace of the caller. Raises OSError (EPERM) without CAP_SETFCAP.
    """
    bits = capsets.as_bits(names)
    value = _LAYOUT.pack(_REVISION_2 | (_EFFECTIVE if effective else 0), bits & 0xFFFFFFFF, 0, bits >> 32, 0)
    shown = (f'"{path}"', f'"{ATTRIBUTE}"', f"permitted={bits:#x}", str(_LAYOUT.size), "0")
    trace.recorded("setxattr", shown, os.setxattr, path, ATTRIBUTE, value)


def of(path: str) -> tuple[frozenset[str], bool]:
    """What a file has: the permitted ones, and whether they are in effect at once. Raises OSError."""
    try:
        value = os.getxattr(path, ATTRIBUTE)
    except OSError as e:
        if e.errno != errno.ENODATA:
            raise
        return frozenset(), False
    # Revision 3, which user namespaces get, has the uid of their root behind the same fields.
    flags, low, _, high, _ = _LAYOUT.unpack(value[: _LAYOUT.size])
    return capsets.named(low | high << 32), bool(flags & _EFFECTIVE)
