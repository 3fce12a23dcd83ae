"""mount(2), umount2(2), pivot_root(2) and the flags that go with them."""

from __future__ import annotations

import enum
from ctypes import c_char_p, c_int, c_ulong

from nslab.linux.libc import function, syscall

# `typing` is left out at run time in what the fork server loads: its 0.6 MB would be copied at each clone.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_mount = function("mount", c_char_p, c_char_p, c_char_p, c_ulong, c_char_p, at_once=True)
_umount2 = function("umount2", c_char_p, c_int)
_pivot_root = syscall("pivot_root", c_char_p, c_char_p)

MNT_DETACH = 2


class MountFlag(enum.IntFlag):
    """Flags of mount(2) (include/uapi/linux/mount.h)."""

    MS_RDONLY = 1
    MS_NOSUID = 2
    MS_NODEV = 4
    MS_NOEXEC = 8
    MS_REMOUNT = 32
    MS_BIND = 4096
    MS_MOVE = 8192
    MS_REC = 16384
    MS_UNBINDABLE = 1 << 17
    MS_PRIVATE = 1 << 18
    MS_SLAVE = 1 << 19
    MS_SHARED = 1 << 20


PROPAGATION = {
    "private": MountFlag.MS_PRIVATE,
    "slave": MountFlag.MS_SLAVE,
    "shared": MountFlag.MS_SHARED,
    "unbindable": MountFlag.MS_UNBINDABLE,
}
# As numbers with their names, ready before the first clone: an enum's own text is slow to make in a child.
_CHANGES = {
    (kind, recursive): (
        int(flag) | (MountFlag.MS_REC.value if recursive else 0),
        ("MS_REC|" if recursive else "") + str(flag.name),
    )
    for kind, flag in PROPAGATION.items()
    for recursive in (False, True)
}
# Read once: an enum's iteration is Python code, which a child would copy page by page.
_NAMES = tuple((flag.value, str(flag.name)) for flag in MountFlag)


def _names(flags: int) -> str:
    """The flags by name, as mount(2) has them; what has none as a number."""
    unnamed = flags & ~sum(value for value, _ in _NAMES)
    names = [name for value, name in _NAMES if value & flags]
    return "|".join([*names, *([hex(unnamed)] if unnamed else [])]) or "0"


def mount(
    source: str, target: str, fstype: str | None = None, flags: MountFlag | int = 0, data: str | None = None
) -> None:
    """mount(2). Raises OSError with the whole call in its message."""
    shown = _names(int(flags))
    _mount(source.encode(), target.encode(), fstype.encode() if fstype else None, (int(flags), shown),
           data.encode() if data else None)  # fmt: skip


def read_only(path: str) -> None:
    """Bind a file or directory on itself, read-only, without devices, programs and set-user-ID (mount(2)).

    Raises OSError.
    """
    hard = MountFlag.MS_RDONLY | MountFlag.MS_NOSUID | MountFlag.MS_NODEV | MountFlag.MS_NOEXEC
    mount(path, path, None, MountFlag.MS_BIND | MountFlag.MS_REC)
    mount("none", path, None, MountFlag.MS_BIND | MountFlag.MS_REMOUNT | hard)


def umount(target: str, *, lazy: bool = False) -> None:
    """umount2(2), with MNT_DETACH when `lazy`. Raises OSError."""
    _umount2(target.encode(), (MNT_DETACH, "MNT_DETACH") if lazy else (0, "0"))


def set_propagation(target: str, kind: str, *, recursive: bool = False) -> None:
    """Make a mount private, slave, shared or unbindable (mount_namespaces(7)). Raises KeyError, OSError."""
    propagation(target, kind, recursive=recursive)()


def propagation(target: str, kind: str, *, recursive: bool = False) -> Callable[[], int]:
    """The call of `set_propagation`, to be made later. Raises KeyError."""
    return _mount.ready(b"none", target.encode(), None, _CHANGES[kind, recursive], None)


def pivot_root(new_root: str, put_old: str) -> None:
    """Swap the root mount of this mount namespace (pivot_root(2)). Raises OSError."""
    _pivot_root(new_root.encode(), put_old.encode())
