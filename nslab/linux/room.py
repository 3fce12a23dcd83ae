"""An empty directory that no other process sees, and that goes with this one."""

from __future__ import annotations

from nslab.linux import mount, ns
from nslab.linux.flags import CloneFlag


def own_room(target: str = "/mnt") -> None:
    """Take this process into a mount namespace of its own, and mount a tmpfs there. Raises OSError.

    Source: mount_namespaces(7).
    """
    ns.unshare(CloneFlag.CLONE_NEWNS)
    mount.set_propagation("/", "private", recursive=True)
    mount.mount("nslab", target, "tmpfs")
