"""What gives somebody a cgroup below which he may make others.

Source: cgroup-v2.rst ("Delegation"), systemd.resource-control(5) (Delegate=).
"""

from __future__ import annotations

from nslab.lab.power import privilege

_ONE = (
    "run it in a cgroup that is delegated to you: systemd-run --user --scope -p Delegate=yes COMMAND, "
    "on cgroup v2; or as root: sudo make lab; or in the VM: vagrant up"
)
_ALL = (
    "as root, make the file /etc/systemd/system/user@.service.d/nslab.conf with two lines, [Service] and Delegate=cpu "
    "cpuset io memory pids, and restart the machine; or run nslab as root: sudo make lab; or in the VM: vagrant up"
)
_CONTAINER = "start the container with --privileged and run nslab as root in it, or run nslab outside of it"


def mend(directory: str = "") -> str:
    """What is to be done so that `directory`, or any cgroup, is delegated: what is possible in this place.

    A user's systemd delegates the controllers cpu, memory and pids alone by default; `directory` tells whether it is
    below one.
    """
    return _where_root_may_not() or (_ALL if "/user@" in directory else _ONE)


def mend_read_only(point: str) -> str:
    """What is to be done where a hierarchy is mounted read-only at `point`."""
    return _where_root_may_not() or f"as root: mount -o remount,rw {point}; a container: --privileged"


def _where_root_may_not() -> str:
    """What is to be done where root may not mount or delegate either, as in a container; "" elsewhere."""
    if not privilege.is_over_the_machine():
        return privilege.mend(machine=True)
    return "" if privilege.root_would_have("CAP_SYS_ADMIN") else _CONTAINER
