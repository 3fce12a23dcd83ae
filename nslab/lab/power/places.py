"""Which directories and mounts this process sees, whose its /proc is, and where it may write."""

from __future__ import annotations

import os
from typing import NamedTuple

from nslab.linux import idmap, mountinfo


class Proc(NamedTuple):
    """/proc as this process sees it: is it there, of its own pid namespace, which mounts hide a part of it.

    `hides` are others' processes (hidepid of proc(5)): "" for none. `settings` whether /proc/sys may be written.
    """

    mounted: bool
    own: bool
    masked: tuple[str, ...]
    hides: str
    settings: bool


def proc() -> Proc:
    """Look at /proc."""
    if not os.path.lexists("/proc/self"):
        return Proc(False, False, (), "", False)
    mounts = mountinfo.mounts()
    own = os.readlink("/proc/self") == str(os.getpid())
    over = [m for m in mounts if m.point.startswith("/proc/") and m.fstype not in ("binfmt_misc", "autofs")]
    masked = tuple(dict.fromkeys(m.point for m in over))
    top = mount_of("/proc", mounts)
    options = dict(option.partition("=")[::2] for option in top.super_options.split(",")) if top else {}
    hides = options.get("hidepid", "")
    sys = mount_of("/proc/sys", mounts)
    return Proc(True, own, masked, "" if hides in ("0", "off") else hides, sys is None or not is_read_only(sys))


def is_in_chroot() -> bool:
    """Whether this process's root directory is not that of its mount namespace (chroot(2)), as far as can be seen."""
    if not any(mount.point == "/" for mount in mountinfo.mounts()):
        return True
    try:
        first, own = os.stat("/proc/1/root/."), os.stat("/")
        same = os.readlink("/proc/1/ns/mnt") == os.readlink("/proc/self/ns/mnt")
    except OSError:
        return False  # another user's, or another pid namespace's
    return same and (first.st_dev, first.st_ino) != (own.st_dev, own.st_ino)


def mount_of(path: str, mounts: list[mountinfo.Mount] | None = None) -> mountinfo.Mount | None:
    """The mount that a path lies on: the last one at the longest prefix of it. None where /proc does not tell."""
    found = None
    for mount in mountinfo.mounts() if mounts is None else mounts:
        if _lies_in(path, mount.point) and (found is None or len(mount.point) >= len(found.point)):
            found = mount
    return found


def _lies_in(path: str, point: str) -> bool:
    return point == "/" or path == point or path.startswith(point + "/")


def is_read_only(mount: mountinfo.Mount) -> bool:
    """Whether nothing can be written there: the mount is read-only, or the file system is."""
    return "ro" in mount.options.split(",") or "ro" in mount.super_options.split(",")


def why_not_writable(path: str) -> str:
    """Why nothing can be made in a directory, as half a sentence; "" where it can."""
    if not os.path.isdir(path):
        return f"{path} is not there"
    mount = mount_of(path)
    if mount is not None and is_read_only(mount):
        return f"{path} is read-only (the mount at {mount.point})"
    if not os.access(path, os.W_OK | os.X_OK):
        return f"uid {os.geteuid()} may not write to {path}"
    room = os.statvfs(path)
    if room.f_files and not room.f_favail:
        return f"{path} has no inodes left"
    if not room.f_bavail and room.f_blocks:
        return f"{path} has no space left"
    return ""


def why_no_setting(path: str) -> str:
    """Why a setting of the kernel's, a file below /proc/sys, may not be written, as half a sentence."""
    if not os.path.exists(path):
        return f"this kernel has no {path}"
    mount = mount_of(path)
    if mount is not None and is_read_only(mount):
        return f"{path} is read-only (the mount at {mount.point}), as containers have it"
    return f"{path} is written by the machine's root alone, and this is uid {os.geteuid()} of its user namespace"


def unmapped() -> bool:
    """Whether this process's uid has no number in its user namespace (user_namespaces(7))."""
    return idmap.outside(idmap.read("uid"), os.geteuid()) is None
