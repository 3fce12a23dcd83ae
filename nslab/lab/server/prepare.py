"""What a new process does in its new namespaces before the learner's code runs."""

from __future__ import annotations

import os
from collections import namedtuple
from functools import partial

from nslab.linux import mount, netif, timens, uts
from nslab.linux.flags import CloneFlag

# `typing` is left out at run time in what the fork server loads: its 0.6 MB would be copied at each clone.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

NEWNS, NEWTIME, NEWUSER = (int(f) for f in (CloneFlag.CLONE_NEWNS, CloneFlag.CLONE_NEWTIME, CloneFlag.CLONE_NEWUSER))


class Setup(
    namedtuple(
        "Setup",
        "flags uid_map gid_map setgroups propagation into join proc lo hostname domainname monotonic boottime cwd ids "
        "unshares_time",
        defaults=(0, None, None, None, "private", "", (), False, False, None, None, 0.0, 0.0, "/", None, False),
    )
):
    """The flags of one clone and what is to be done with the new namespaces; plain values, sent as a message.

    `uid_map` and `gid_map`: None maps root inside to the caller's ids outside; an empty one writes none.
    `monotonic` and `boottime` are seconds. `into` is the directory of a cgroup of v2 to be cloned into, `join` those
    of cgroups of v1 that the child is put in before it runs. The flags are plain numbers here: an enum's operators are
    Python code, and what a child runs is copied, page by page, at each clone.
    `ids` is filled in by the server for a child that the maps have no entry for: the uid and the gid that it takes
    (None for one that stays), and whether it may drop its groups. So is `unshares_time`, where there is no clone3().
    """

    __slots__ = ()

    @property
    def shifts_time(self) -> bool:
        return bool(self.flags & NEWTIME and (self.monotonic or self.boottime or self.unshares_time))

    def without_clone3(self) -> Setup | None:
        """The same by clone(2), which has neither CLONE_INTO_CGROUP nor CLONE_NEWTIME: the child is moved into the
        cgroup before it runs, and enters the time namespace by itself. None where clone() has been enough.
        """
        if not self.into and not self.clone_flags & NEWTIME:
            return None
        join = (*self.join, self.into) if self.into else self.join
        return self._replace(into="", join=join, unshares_time=bool(self.flags & NEWTIME))

    @property
    def clone_flags(self) -> int:
        """The flags for clone(): without CLONE_NEWTIME where offsets have to be written before entering."""
        return self.flags & ~NEWTIME if self.shifts_time else self.flags

    def is_met_in(self, cwd: str) -> bool:
        """Whether there is nothing to prepare for a child whose parent is in the directory `cwd`."""
        changes = self.proc or self.lo or self.monotonic or self.boottime or self.ids
        named = self.hostname is not None or self.domainname is not None
        return not (changes or named or self.flags & (NEWNS | NEWTIME)) and self.cwd == cwd


def steps(setup: Setup) -> list[Callable[[], object]]:
    """What the child has to do, after its id maps were written; each raises OSError.

    Made ready by the server, so that the child does no more than call them: what it touches is copied.
    """
    todo: list[Callable[[], object]] = []
    if setup.ids:
        # First of all: without an id in the maps the rest is refused, and files would belong to the host's user.
        todo.append(partial(_take_ids, *setup.ids))
    if setup.shifts_time:
        todo.append(partial(timens.enter_new, setup.monotonic, setup.boottime))
    if setup.flags & NEWNS:
        # The host's root mount is shared under systemd: without this a mount made inside would show outside.
        if setup.propagation != "unchanged":
            todo.append(mount.propagation("/", setup.propagation, recursive=True))
        if setup.proc:
            todo.append(_mount_proc)
    if setup.hostname is not None:
        todo.append(partial(uts.sethostname, setup.hostname))
    if setup.domainname is not None:
        todo.append(partial(uts.setdomainname, setup.domainname))
    if setup.lo:
        todo.append(partial(netif.set_up, "lo"))
    todo.append(partial(_change_directory, setup.cwd))
    return todo


def _take_ids(uid: int | None, gid: int | None, drop_groups: bool) -> None:
    from nslab.linux import caps

    caps.take_ids(uid, gid, drop_groups)


def _mount_proc() -> None:
    flags = mount.MountFlag.MS_NOSUID | mount.MountFlag.MS_NODEV | mount.MountFlag.MS_NOEXEC
    mount.mount("proc", "/proc", "proc", flags)


def _change_directory(path: str) -> None:
    try:
        os.chdir(path)
    except OSError:
        os.chdir("/")
