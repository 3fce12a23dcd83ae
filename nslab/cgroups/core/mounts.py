"""Hierarchies of v1 that are mounted for an experiment, in a mount namespace of their own.

No other process sees the mount. It goes with its last process, and with it the hierarchy, unless a cgroup is left in
it; nslab.lab.upkeep.cgroup_cleanup finds those.
"""

from __future__ import annotations

import contextlib
import errno
import os
import time
from collections.abc import Iterator
from contextvars import ContextVar

from nslab.cgroups.core.location import Where
from nslab.errors import Unsupported
from nslab.lab.client.host import host
from nslab.lab.client.sandbox import Sandbox
from nslab.lab.power import privilege
from nslab.lab.upkeep import cgroup_cleanup, locks
from nslab.linux import cgroupfs, files, mount, trace

SETTLE = 2.0
"""Seconds for which a hierarchy may still hold its subsystems after it was unmounted; it takes a few milliseconds."""


GOING, RETRIES = 0.1, 5
"""Seconds to wait for a hierarchy to go once it is unmounted (it takes 30 ms); and how often it is mounted and
unmounted again to help it go."""
LOCK = "/sys/kernel/cgroup"
"""What is locked: a directory of the kernel's, so that there is no file to leave behind."""
_exclusive: ContextVar[bool] = ContextVar("nslab_attaching", default=False)


@contextlib.contextmanager
def attaching() -> Iterator[None]:
    """Hold the right to attach subsystems to hierarchies: on one machine each can be in one hierarchy only (rule 2).

    Waits for the others, and says for whom. Raises `nslab.Unsupported` where this very thread has some attached.
    """
    with _turn(shared=False):
        token = _exclusive.set(True)
        try:
            yield
        finally:
            _exclusive.reset(token)


def _turn(shared: bool) -> contextlib.ExitStack:
    # Nothing may wait here while it holds a CPU or huge pages: who has subsystems attached waits for those.
    stack = contextlib.ExitStack()
    try:
        stack.enter_context(locks.turn([LOCK], "have subsystems attached to a hierarchy of v1", shared=shared))
        return stack
    except locks.Own:
        raise Unsupported(
            "a hierarchy of v1 of one's own",
            f"this Python (pid {os.getpid()}) has groups open whose subsystems are attached to one already",
            "close the groups that you have open (group.close()), and call again",
        ) from None


class Mounts:
    """A place for mounts of hierarchies, for the demo of that name; a context manager. Needs root.

    While one is open, no other experiment can attach subsystems to other hierarchies (`attaching`). One that has
    some attached is waited for, and named.
    """

    def __init__(self, demo: str = "hierarchy") -> None:
        privilege.demand("a mount of a cgroup hierarchy of v1", "mount(2)", "CAP_SYS_ADMIN", demo=demo)
        self._mounted: list[str] = []
        self._turn = None if _exclusive.get() else _turn(shared=True)
        try:
            with trace.plumbing():
                self._box: Sandbox = host().sandbox(mnt=True)
                self._box.call(_make_room)
        except BaseException:
            self._let_go()
            raise
        self._before = set(cgroupfs.paths())

    def mount(self, hierarchy: str, settle: bool = True) -> str:
        """Mount one hierarchy ("net_cls,net_prio", "name=lab") and return its directory. Raises OSError.

        With `settle`, EBUSY is asked again for a while: a hierarchy that was unmounted may still be going.
        """
        inside = f"/mnt/{len(self._mounted)}"
        deadline = time.monotonic() + (SETTLE if settle else 0)
        while True:
            try:
                self._box.call(_mount, hierarchy, inside)
                self._mounted.append(hierarchy)
                return f"/proc/{self._box.pid}/root{inside}"
            except OSError as e:
                if e.errno != errno.EBUSY or time.monotonic() > deadline:
                    raise
                time.sleep(0.02)

    def where(self, subsystem: str, point: str) -> Where:
        """Where the cgroups of a subsystem are in the hierarchy that is mounted at `point`."""
        return Where(subsystem, 1, point, point, subsystem)

    def close(self) -> None:
        """Unmount all, and see to it that the hierarchies go that were not there before."""
        try:
            with trace.plumbing():
                self._close()
        finally:
            self._let_go()

    def _close(self) -> None:
        self._box.close()
        for hierarchy in self._mounted:
            # A hierarchy whose last cgroup was removed only a moment before its last unmount stays, until it is mounted
            # and unmounted once more. One that another experiment has mounted, too, stays anyway.
            for _ in range(RETRIES):
                if cgroup_cleanup.wait_until(lambda: not self._is_new(hierarchy), GOING):  # noqa: B023
                    break
                # Refused where somebody has attached its subsystem meanwhile: then it has gone.
                with contextlib.suppress(OSError), host().sandbox(mnt=True) as box:
                    box.call(_make_room)
                    box.call(_mount, hierarchy, "/mnt/again")
        self._mounted = []

    def _let_go(self) -> None:
        if self._turn is not None:
            self._turn.close()
            self._turn = None

    def _is_new(self, hierarchy: str) -> bool:
        """Whether a hierarchy with any of these subsystems is there that was not there before."""
        names = set(hierarchy.split(","))
        return any(names & set(found.split(",")) for found in cgroupfs.paths() if found not in self._before)

    def __enter__(self) -> Mounts:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def without_session(path: str) -> str:
    """A path in a hierarchy as a lesson draws it: without the directory of this session."""
    return path.replace(f"/{cgroup_cleanup.directory_name(host().session)}", "") or "/"


def _make_room() -> None:
    mount.mount("nslab", "/mnt", "tmpfs")


def _mount(hierarchy: str, target: str) -> None:
    if not os.path.isdir(target):
        with trace.plumbing():
            files.mkdir(target)
    cgroupfs.mount_hierarchy(hierarchy, target)
