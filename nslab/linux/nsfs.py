"""What the kernel tells of namespaces: /proc/PID/ns, /proc/PID/fd, nsfs mounts and the requests of ioctl_ns(2).

Written for speed: a map of the machine asks ten questions of each process.
"""

from __future__ import annotations

import fcntl
import os
import struct
from collections.abc import Iterator

from nslab.linux import ns
from nslab.linux.flags import FLAGS

LINKS = (*FLAGS, "pid_for_children", "time_for_children")
"""The links of /proc/PID/ns that name namespaces."""


def processes() -> list[int]:
    """The processes of the mounted /proc, in ascending order."""
    return sorted(int(name) for name in os.listdir("/proc") if name.isdigit())


def links(pid: int, names: tuple[str, ...]) -> list[str] | None:
    """The texts of the links `names` in /proc/PID/ns, such as "uts:[4026531838]"; "" for one that is not there.

    None where they may not be read, [] where the process is gone. A zombie has left all but its pid and user
    namespaces.
    """
    base = f"/proc/{pid}/ns/"
    readlink = os.readlink
    try:
        return [readlink(base + name) for name in names]
    except PermissionError:
        return None
    except OSError:
        texts = [_link(base + name) for name in names]
        return texts if any(texts) else []


def _link(path: str) -> str:
    try:
        return os.readlink(path)
    except OSError:
        return ""


def descriptors(pid: int) -> Iterator[tuple[str, str]]:
    """The namespaces that a process holds open: (number of the descriptor, text such as "net:[4026532177]")."""
    base = f"/proc/{pid}/fd/"
    try:
        fds = os.listdir(base)
    except OSError:
        return
    readlink = os.readlink
    for fd in fds:
        try:
            target = readlink(base + fd)
        except OSError:
            continue
        if target[-1] == "]" and target.partition(":[")[0] in FLAGS:
            yield fd, target


def bound(pid: int) -> Iterator[tuple[str, str]]:
    """The namespaces bound to a file in a process's mount namespace: (path, text such as "net:[4026532177]")."""
    try:
        with open(f"/proc/{pid}/mountinfo", "rb") as f:
            text = f.read()
    except OSError:
        return
    if b" - nsfs " not in text:
        return
    for line in text.decode(errors="replace").splitlines():
        if " - nsfs " in line:
            root, point = line.split()[3:5]
            yield point, root


def relatives(path: str, kind: str) -> tuple[int | None, int | None, int | None]:
    """(inode of the owning user namespace, inode of the parent, owner's uid) of the namespace behind a file.

    None for what lies outside the caller's view and for what a type does not have (ioctl_ns(2)).
    """
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None, None, None
    try:
        owner = _inode(fd, ns.NS_GET_USERNS)
        parent = _inode(fd, ns.NS_GET_PARENT) if kind in ("pid", "user") else None
        return owner, parent, _owner_uid(fd) if kind == "user" else None
    finally:
        os.close(fd)


def _inode(fd: int, request: int) -> int | None:
    try:
        found = fcntl.ioctl(fd, request)
    except OSError:
        return None
    try:
        return os.fstat(found).st_ino
    finally:
        os.close(found)


def _owner_uid(fd: int) -> int | None:
    try:
        return int(struct.unpack("I", fcntl.ioctl(fd, ns.NS_GET_OWNER_UID, b"\0" * 4))[0])
    except OSError:
        return None


def command(pid: int) -> str:
    """The name of a process (/proc/PID/comm), or "" when it is gone."""
    try:
        with open(f"/proc/{pid}/comm", "rb") as f:
            return f.read().rstrip(b"\n").decode(errors="replace")
    except OSError:
        return ""
