"""Special files: mknod(2)."""

from __future__ import annotations

import os
import stat

from nslab.linux import trace

_KINDS = {
    stat.S_IFREG: "S_IFREG",
    stat.S_IFCHR: "S_IFCHR",
    stat.S_IFBLK: "S_IFBLK",
    stat.S_IFIFO: "S_IFIFO",
    stat.S_IFSOCK: "S_IFSOCK",
}


def mknod(path: str, mode: int, device: int = 0) -> None:
    """Make a special file; `mode` is its type with its permissions, `device` the number of os.makedev() (mknod(2)).

    Raises PermissionError (EPERM) for a device without CAP_MKNOD, FileExistsError (EEXIST).
    """
    kind = _KINDS.get(stat.S_IFMT(mode), oct(stat.S_IFMT(mode)))
    shown = [f'"{path}"', f"{kind}|0{stat.S_IMODE(mode):o}"]
    if stat.S_ISCHR(mode) or stat.S_ISBLK(mode):
        shown.append(f"makedev({os.major(device)}, {os.minor(device)})")
    trace.recorded("mknod", tuple(shown), os.mknod, path, mode, device)


def mkfifo(path: str) -> None:
    """Make a pipe with a name, for this user alone: mkfifo(3). Raises OSError with the call in its message."""
    trace.recorded("mknodat", ("AT_FDCWD", f'"{path}"', "S_IFIFO|0600"), os.mkfifo, path, 0o600)
