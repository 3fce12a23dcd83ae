"""Paths inside a directory that belongs to somebody else: no link of his leads out of it, as with openat2(2)'s
RESOLVE_IN_ROOT, which kernels before 5.6 and Python do not have.
"""

from __future__ import annotations

import errno
import os
import stat

LINKS = 40
"""As many links as the kernel follows in one path (path_resolution(7))."""


def opened(root: int, path: str, *, make: int | None = None) -> int:
    """A descriptor (O_PATH) of what `path` names below the directory `root`, whose own links end in it.

    With `make` directories that are missing are made with that mode. Raises OSError naming the path: ELOOP for too many
    links, ENOTDIR, ENOENT.
    """
    waiting, links = _parts(path), 0
    held = [os.dup(root)]
    try:
        while waiting:
            name = waiting.pop(0)
            if name == "..":
                if len(held) > 1:
                    os.close(held.pop())
                continue
            found = _child(held[-1], name, path, make)
            mode = os.fstat(found).st_mode
            if stat.S_ISLNK(mode):
                links += 1
                target = os.readlink("", dir_fd=found)
                os.close(found)
                if links > LINKS:
                    raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)
                if target.startswith("/"):
                    while len(held) > 1:
                        os.close(held.pop())
                waiting = _parts(target) + waiting
                continue
            held.append(found)
            if waiting and not stat.S_ISDIR(mode):
                raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), path)
        return os.dup(held[-1])
    finally:
        for fd in held:
            os.close(fd)


def _parts(path: str) -> list[str]:
    return [part for part in path.split("/") if part not in ("", ".")]


def _child(directory: int, name: str, path: str, make: int | None) -> int:
    flags = os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        return os.open(name, flags, dir_fd=directory)
    except FileNotFoundError:
        if make is None:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path) from None
        os.mkdir(name, make, dir_fd=directory)
        return os.open(name, flags, dir_fd=directory)


def by_number(fd: int) -> str:
    """A path by which system calls that take no descriptor reach the very file of one."""
    return f"/proc/self/fd/{fd}"
