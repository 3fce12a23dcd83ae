"""Hierarchies of v1 that are mounted for an experiment, in a mount namespace of their own.

No other process sees the mount. It goes with its last process, and with it the hierarchy, unless a cgroup is left in
it; nslab.lab.groups finds those.
"""

from __future__ import annotations

import errno
import os
import time

from nslab.cgroups.where import Where
from nslab.errors import Unsupported
from nslab.lab.host import host
from nslab.lab.sandbox import Sandbox
from nslab.linux import cgroupfs, mount

SETTLE = 2.0
"""Seconds for which a hierarchy that was unmounted may still hold its subsystems; it takes a few milliseconds."""


class Mounts:
    """A place for mounts of hierarchies; a context manager. `at(hierarchy)` is the directory as seen from here."""

    def __init__(self) -> None:
        if os.geteuid() != 0:
            raise Unsupported(
                "a mount of a cgroup hierarchy of v1", f"mount(2) asks for root, and this is uid {os.geteuid()}",
                "run nslab as root: sudo make lab",
            )  # fmt: skip
        self._box: Sandbox = host().sandbox(mnt=True)
        self._box.call(_make_room)
        self._count = 0

    def mount(self, hierarchy: str, settle: bool = True) -> str:
        """Mount one hierarchy ("net_cls,net_prio", "name=lab") and return its directory. Raises OSError.

        With `settle`, EBUSY is asked again for a while: a hierarchy that was unmounted may still be going.
        """
        inside = f"/mnt/{self._count}"
        self._count += 1
        deadline = time.monotonic() + (SETTLE if settle else 0)
        while True:
            try:
                self._box.call(_mount, hierarchy, inside)
                break
            except OSError as e:
                if e.errno != errno.EBUSY or time.monotonic() > deadline:
                    raise
                time.sleep(0.02)
        return f"/proc/{self._box.pid}/root{inside}"

    def where(self, subsystem: str, point: str) -> Where:
        """Where the cgroups of a subsystem are in the hierarchy that is mounted at `point`."""
        return Where(subsystem, 1, point, point, subsystem)

    def close(self) -> None:
        """Unmount all."""
        self._box.close()

    def __enter__(self) -> Mounts:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _make_room() -> None:
    mount.mount("nslab", "/mnt", "tmpfs")


def _mount(hierarchy: str, target: str) -> None:
    os.makedirs(target, exist_ok=True)
    cgroupfs.mount_hierarchy(hierarchy, target)
