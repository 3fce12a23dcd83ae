"""A learner's processes stand still while his scene is made: none of them can reach into it (ptrace(2)) and choose
what it is.

He is the user whose processes the scene has, so nothing but time is between them: cgroup.freeze of all his cgroups
beside the new one (cgroup-v2.rst). The new one is root's until everything else stands still.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from pathlib import Path

from nslab.classroom import places
from nslab.errors import Unsupported
from nslab.lab.upkeep import cgroup_cleanup
from nslab.lab.upkeep.cgroup_cleanup import wait_until
from nslab.linux import cgroupfs, files, ns, nsfs, process

WITHIN = 5.0
"""Seconds within which they stand still; it takes some milliseconds."""
OURS = "class-"
"""What the cgroups begin with that the service makes in a learner's."""


@contextlib.contextmanager
def beside(service: Path, name: str, uid: int, gid: int, *, frozen: bool) -> Iterator[Path]:
    """A new cgroup of the learner's in that of his service; with `frozen` all others stand still meanwhile.

    It stays. Raises RuntimeError where processes of his are elsewhere, or do not stand still.
    """
    made = service / (OURS + name)
    if not frozen:
        _make(made, uid, gid)
        yield made
        return
    others = [each for each in service.iterdir() if each.is_dir() and not _is_frozen(each)]
    places.FROZEN.mkdir(mode=0o700, exist_ok=True)
    noted = places.FROZEN / service.name
    noted.write_text(json.dumps([str(each) for each in others]), encoding="utf-8")
    try:
        for each in others:
            files.write(f"{each}/cgroup.freeze", "1")
        if not wait_until(lambda: all(_stands(each) for each in others), WITHIN):
            raise RuntimeError("your processes do not stand still, which they have to while a scene is made; "
                               "end what runs, and try again")  # fmt: skip
        elsewhere = _elsewhere(service, uid, others)
        if elsewhere:
            raise RuntimeError(f"these processes of yours are where no scene can be made beside them: {elsewhere}; "
                               "end them, and try again")  # fmt: skip
        _make(made, uid, gid)
        yield made
    finally:
        _thaw(noted)


def thaw_all() -> None:
    """Let all go on that a service has left standing which was killed meanwhile."""
    for noted in places.FROZEN.iterdir() if places.FROZEN.is_dir() else ():
        _thaw(noted)


def sweep(service: Path, kept: set[str]) -> None:
    """Remove the cgroups that were made here, with all that is in them, but for those that are kept."""
    for each in service.glob(f"{OURS}*"):
        if str(each) not in kept:
            cgroup_cleanup.remove(str(each))


def own_mounts(service: Path) -> int:
    """A descriptor of the mount namespace that systemd has made for a learner's service (namespaces(7)).

    His processes may be in others, which he has made; those have a user namespace of his for an owner, and are passed
    over. Raises `nslab.Unsupported` where none of his processes is in it any more.
    """
    for pid in _inside(service):
        # It has ended since it was listed.
        with contextlib.suppress(OSError):
            found = nsfs.opened(f"/proc/{pid}/ns/mnt", ns.inode("mnt", pid))
            if found is None:
                continue
            owner = nsfs.related(found, ns.NS_GET_USERNS)
            if owner is not None and _number(owner) == ns.inode("user"):
                return found
            os.close(found)
    raise Unsupported("a look at your processes", "your Jupyter server does not run, and with it everything has ended",
                      "start it again: File, Hub Control Panel")  # fmt: skip


def _number(descriptor: int) -> int:
    """The inode number behind a descriptor, which is closed."""
    try:
        return os.fstat(descriptor).st_ino
    finally:
        os.close(descriptor)


def _make(directory: Path, uid: int, gid: int) -> None:
    cgroupfs.make(str(directory))
    cgroupfs.delegate(str(directory), uid, gid)


def _is_frozen(directory: Path) -> bool:
    return files.read(f"{directory}/cgroup.freeze") == "1"


def _stands(directory: Path) -> bool:
    try:
        return "frozen 1" in files.read(f"{directory}/cgroup.events").split("\n")
    except FileNotFoundError:
        return True


def _thaw(noted: Path) -> None:
    for each in json.loads(noted.read_text(encoding="utf-8")):
        # It was removed meanwhile.
        with contextlib.suppress(OSError):
            files.write(f"{each}/cgroup.freeze", "0")
    noted.unlink()


def _inside(service: Path) -> list[int]:
    found: list[int] = []
    for each in sorted(service.rglob("cgroup.procs")):
        # The cgroup has gone since it was listed.
        with contextlib.suppress(OSError):
            found += map(int, files.read(str(each)).split())
    return found


def _elsewhere(service: Path, uid: int, others: list[Path]) -> list[int]:
    """Processes of this user that are in none of these cgroups."""
    still = {pid for each in others for pid in _inside(each)}
    found = []
    for pid in nsfs.processes():
        # It has ended since it was listed.
        with contextlib.suppress(OSError):
            if str(uid) in process.status(pid)["Uid"].split() and pid not in still and process.runs(pid):
                found.append(pid)
    return found
