"""The root directory of this process: chroot(2)."""

from __future__ import annotations

import os

from nslab.linux import trace


def chroot(path: str) -> None:
    """Make a directory this process's root; where it is stays as it was (chroot(2)).

    Raises PermissionError (EPERM) without CAP_SYS_CHROOT.
    """
    trace.recorded("chroot", (f'"{path}"',), os.chroot, path)
