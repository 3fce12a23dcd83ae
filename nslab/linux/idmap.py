"""uid_map, gid_map and setgroups of a user namespace (user_namespaces(7)), and which of its ids this process has."""

from __future__ import annotations

import os

from nslab.linux import files, trace

Map = tuple[tuple[int, int, int], ...]
LINES = 340
"""The most that the kernel takes in one map."""


def checked_map(name: str, value: object) -> Map:
    """Return `value` as a map of (inside, outside, length) triples. Raises TypeError or ValueError naming it."""
    wanted = f"{name}={value!r}: give triples (first id inside, first id outside, how many), such as [(0, 1000, 1)]"
    if not isinstance(value, list | tuple):
        raise TypeError(wanted)
    if len(value) > LINES:
        raise ValueError(f"{name} has {len(value)} triples: give {LINES} at most")
    for entry in value:
        if not isinstance(entry, list | tuple) or len(entry) != 3:
            raise ValueError(wanted)
        if not all(isinstance(n, int) and not isinstance(n, bool) and 0 <= n < 2**32 for n in entry) or entry[2] < 1:
            raise ValueError(wanted)
    return tuple((int(inside), int(outside), int(length)) for inside, outside, length in value)


def root_map(outside: int) -> Map:
    """The map that makes `outside` root inside, as `unshare --map-root-user` writes it."""
    return ((0, outside, 1),)


def read(which: str, pid: int | str = "self") -> Map:
    """The map of a process's user namespace, of "uid" or "gid", with the ids outside as the reader's own namespace
    numbers them (user_namespaces(7)). Raises OSError when the process is gone.
    """
    lines = (line.split() for line in files.read(f"/proc/{pid}/{which}_map").split("\n"))
    return tuple((int(line[0]), int(line[1]), int(line[2])) for line in lines if line)


def inside(entries: Map, outside: int) -> int | None:
    """The id inside of the id `outside`, or None where the map has none for it."""
    return next((i + outside - o for i, o, n in entries if 0 <= outside - o < n), None)


def outside(entries: Map, inside: int) -> int | None:
    """The id outside of the id `inside`, or None where the map has none for it."""
    return next((o + inside - i for i, o, n in entries if 0 <= inside - i < n), None)


def needed(entries: Map, outside: int) -> int | None:
    """The id that a process with the id `outside` has to take inside: root's, or the first of the map where it has no
    root. None where the process has an id inside already, and where the map is empty.
    """
    if not entries or inside(entries, outside) is not None:
        return None
    return 0 if any(i == 0 for i, _, _ in entries) else entries[0][0]


def write_maps(pid: int, uid_map: Map, gid_map: Map, setgroups: str | None = None) -> None:
    """Write the maps of a process that is in a new user namespace; from its parent, before it goes on.

    `setgroups` is "allow" or "deny", or None to leave it; where the writer is not privileged, the kernel demands
    "deny" before gid_map may be written. Raises OSError with the file and the text.
    """
    if setgroups:
        files.write(f"/proc/{pid}/setgroups", setgroups)
    for which, entries in (("uid_map", uid_map), ("gid_map", gid_map)):
        if entries:
            files.write(f"/proc/{pid}/{which}", "".join(f"{i} {o} {n}\n" for i, o, n in entries))


def become(uid: int, gid: int) -> None:
    """Take these ids, as this user namespace numbers them, and no supplementary groups (setresuid(2), setgroups(2)).

    The kernel then forgets PR_SET_PDEATHSIG (prctl(2)). Raises OSError: EPERM without CAP_SETUID and CAP_SETGID, or
    where setgroups is denied, EINVAL for a number that is in no map.
    """
    trace.recorded("setgroups", ("0", "NULL"), os.setgroups, [])
    trace.recorded("setresgid", (str(gid),) * 3, os.setresgid, gid, gid, gid)
    trace.recorded("setresuid", (str(uid),) * 3, os.setresuid, uid, uid, uid)
