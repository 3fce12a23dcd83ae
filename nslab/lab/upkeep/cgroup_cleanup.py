"""Cgroups that nslab made: known by the name of their session, and removed with all that runs in them.

In each hierarchy that a session uses it has one directory, `nslab-SESSION`, and makes all its cgroups below that. So
whoever finds one can tell from its name whether it is still wanted, and no list has to be kept.
"""

from __future__ import annotations

import contextlib
import os
import re
import time
from collections.abc import Callable

from nslab.lab.upkeep import members, session
from nslab.linux import cgroupfs, files, process

PREFIX = "nslab-"
_SESSION = re.compile(PREFIX + r"\d+-\d+-\d+(-\d+)?")
LEAF = "nslab-own"
"""A cgroup of v2 that is to give its children controllers may have no processes: nslab's own move into this one below
it."""


def delegated(point: str, hierarchy: str, pid: int | str = "self") -> str | None:
    """The cgroup that a process is in, in the hierarchy mounted at `point`, when it may make others there."""
    own = point + cgroupfs.paths(pid)[hierarchy].rstrip("/")
    if os.path.basename(own) == LEAF:
        own = os.path.dirname(own)
    return own if os.access(own, os.W_OK) and os.access(f"{own}/cgroup.procs", os.W_OK) else None


def directory_name(of_session: str) -> str:
    """The name of a session's directory in each hierarchy."""
    return PREFIX + of_session


def remove(top: str, seconds: float = 5.0) -> bool:
    """Kill all that runs in a cgroup and below, and remove it bottom-up; return whether it is gone.

    A cgroup stays busy for some moments after its last process was killed, so this tries again, `seconds` at most.
    """
    if not os.path.isdir(top):
        return True
    if not os.access(os.path.dirname(top), os.W_OK):
        return False
    return wait_until(lambda: _removed(top), seconds)


def _removed(top: str) -> bool:
    end_all(top)
    for directory in cgroupfs.tree(top):
        # Busy (EBUSY): the next try may find it empty. Gone: that is what is wanted.
        with contextlib.suppress(OSError):
            cgroupfs.remove(directory)
    return not os.path.isdir(top)


def end_all(top: str) -> None:
    """Kill all that a session has in a cgroup of its own and below; who else was put there is moved out of it."""
    of_session = next((part for part in top.split("/") if _SESSION.fullmatch(part)), None)
    if of_session is None or _is_rid_of_strangers(top, of_session):
        kill_all(top)
        return
    # cgroup.kill would meet those, too, who could not be moved.
    for directory in cgroupfs.tree(top):
        # It went, or is another user's: what is left in it shows when it is removed.
        with contextlib.suppress(OSError):
            members.kill(directory, of_session.removeprefix(PREFIX))


def _is_rid_of_strangers(top: str, directory_of_session: str) -> bool:
    outside = top[: top.index(f"/{directory_of_session}")]
    if os.path.isdir(f"{outside}/{LEAF}"):
        outside += f"/{LEAF}"  # a cgroup of v2 whose children have controllers takes no process
    for directory in cgroupfs.tree(top):
        # One that went meanwhile has no strangers in it.
        with contextlib.suppress(FileNotFoundError):
            strangers = members.strangers(directory, directory_of_session.removeprefix(PREFIX))
            try:
                members.move(strangers, directory, outside)
            except OSError:
                return False
    return True


def kill_all(top: str) -> None:
    """Kill all that runs in a cgroup and below (cgroup.kill where there is one), also what is frozen."""
    # There is no cgroup.kill in v1, and none before Linux 5.14: then each is killed.
    with contextlib.suppress(OSError):
        files.write(f"{top}/cgroup.kill", "1")
        return
    for directory in cgroupfs.tree(top):
        # It went meanwhile, or is another user's: what is left in it shows when it is removed.
        with contextlib.suppress(OSError):
            members.kill(directory)
        # A frozen process of v1 takes its SIGKILL when it is thawed.
        with contextlib.suppress(OSError):
            files.write(f"{directory}/freezer.state", "THAWED")


def wait_until(condition: Callable[[], bool], seconds: float = 5.0) -> bool:
    """Ask again until it is true, `seconds` at most; return whether it is."""
    deadline, pause = time.monotonic() + seconds, 0.0005
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
        pause = min(pause * 2, 0.02)
    return True


def found(points: list[str]) -> list[tuple[str, str]]:
    """(directory, session) of every session in the hierarchies that are mounted at `points`."""
    here: list[tuple[str, str]] = []
    for point in points:
        for where, names, _ in os.walk(point):
            ours = [name for name in names if _SESSION.fullmatch(name)]
            here += [(f"{where}/{name}", name.removeprefix(PREFIX)) for name in ours]
            names[:] = [name for name in names if name not in ours]
    return here


def clean(of_session: str | None = None) -> list[str]:
    """Remove the cgroups of one session, or of all whose keeper is dead; return the directories that are gone."""
    points = cgroupfs.mount_points()
    gone = _clean_in(list(points.values()), of_session)
    if "" in points and of_session is None:
        _remove_empty_leaves(points[""])
    for _ in range(3):
        # More than once: a hierarchy that has just lost its last cgroup goes only with a later mount and unmount.
        hidden = [hierarchy for hierarchy in cgroupfs.paths() if hierarchy not in cgroupfs.mount_points()]
        if not hidden or os.geteuid() != 0:
            break
        _clean_hidden(hidden, of_session)
        time.sleep(0.05)
    return gone


def _clean_in(points: list[str], of_session: str | None) -> list[str]:
    wanted = [
        directory
        for directory, owner in found(points)
        if (owner == of_session if of_session else _is_mine(directory) and session.dead(owner))
    ]
    # In v1 what is frozen in one hierarchy dies only when it is thawed, and keeps the others busy until then.
    for directory in wanted:
        end_all(directory)
    return [directory for directory in wanted if remove(directory)]


def _is_mine(directory: str) -> bool:
    """Whether this user made it, or may end what others have made."""
    try:
        return os.geteuid() in (0, os.stat(directory).st_uid)
    except OSError:
        return False


def _remove_empty_leaves(point: str) -> None:
    """Those whose session had no end of its own. Where processes are, the kernel says EBUSY."""
    for where, names, _ in os.walk(point):
        if LEAF in names:
            # Processes are in it (EBUSY), or it is another user's: then it is not left over.
            with contextlib.suppress(OSError):
                cgroupfs.remove(f"{where}/{LEAF}")


def _clean_hidden(hierarchies: list[str], of_session: str | None) -> None:
    """Clean hierarchies that are mounted nowhere: their mount namespace is gone, and their cgroups keep them alive."""
    pid = process.fork()
    if pid == 0:
        status = 1
        try:
            _look_into(hierarchies, of_session)
            status = 0
        finally:
            os._exit(status)
    os.waitpid(pid, 0)


def _look_into(hierarchies: list[str], of_session: str | None) -> None:
    from nslab.linux.room import own_room

    own_room()
    for number, hierarchy in enumerate(hierarchies):
        point = f"/mnt/{number}"
        files.mkdir(point)
        # A hierarchy that cannot be mounted here (it has just gone, or v2 has its subsystem) has nothing to be cleaned.
        with contextlib.suppress(OSError):
            cgroupfs.mount_hierarchy(hierarchy, point)
            _clean_in([point], of_session)


def left() -> list[str]:
    """The directories of dead sessions in the mounted hierarchies."""
    return [where for where, owner in found(list(cgroupfs.mount_points().values())) if session.dead(owner)]
