"""libvirt on this machine: started where it does not run, and what it left taken back."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nslab.linux import cgroupfs, files

DAEMONS = (["dbus-daemon", "--system", "--nofork"], ["virtlogd"], ["libvirtd"])
BUS = Path("/run/dbus")
VIRSH = ["virsh", "-q", "-c", "qemu:///system"]


def virsh(*argv: str) -> list[str]:
    """What virsh prints, in words; nothing where it fails."""
    return _asked(VIRSH, *argv).stdout.split()


@contextmanager
def running() -> Iterator[None]:
    """Have libvirt run. Where nothing had started it (no systemd), it ends afterwards, and with it what it made:

    the networks of vagrant-libvirt, and the group machine in each hierarchy of cgroups.
    """
    if _answers():
        yield
        return
    before = _groups()
    daemons = []
    try:
        for argv in DAEMONS if not _bus_answers() else DAEMONS[1:]:
            if argv[0] == "dbus-daemon":
                BUS.mkdir(exist_ok=True)
                (BUS / "pid").unlink(missing_ok=True)
            daemons.append(subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        deadline = time.monotonic() + 30
        while not _answers():
            assert time.monotonic() < deadline, f"libvirtd does not answer: {[d.args for d in daemons]}"
            time.sleep(0.5)
        active, known = set(virsh("net-list", "--name")), set(virsh("net-list", "--all", "--name"))
        try:
            yield
        finally:
            for network in set(virsh("net-list", "--name")) - active:
                virsh("net-destroy", network)
            for network in set(virsh("net-list", "--all", "--name")) - known:
                virsh("net-undefine", network)
    finally:
        for daemon in reversed(daemons):
            daemon.terminate()
            daemon.wait()
        _take_back(before)


def _answers() -> bool:
    return _asked(VIRSH, "list").returncode == 0


def _bus_answers() -> bool:
    bus = "org.freedesktop.DBus"
    return _asked(["dbus-send", "--system", "--print-reply", f"--dest={bus}", "/", f"{bus}.GetId"]).returncode == 0


def _asked(command: list[str], *argv: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*command, *argv], capture_output=True, text=True, check=False)


def _groups() -> dict[str, tuple[set[str], set[str]]]:
    """For each hierarchy: the groups right under its root, and what the root hands on (v2)."""
    return {
        point: (
            {entry.name for entry in os.scandir(point) if entry.is_dir()},
            set() if hierarchy else set(cgroupfs.controllers(point, "subtree_control")),
        )
        for hierarchy, point in cgroupfs.mount_points().items()
    }


def _take_back(before: dict[str, tuple[set[str], set[str]]]) -> None:
    for point, (groups, handed_on) in _groups().items():
        old_groups, old_handed_on = before.get(point, (groups, handed_on))
        if "machine" in groups - old_groups:
            for directory in cgroupfs.tree(f"{point}/machine"):
                cgroupfs.remove(directory)
        # What somebody else has made meanwhile may use them.
        if groups - {"machine"} <= old_groups:
            for subsystem in handed_on - old_handed_on:
                files.write(f"{point}/cgroup.subtree_control", f"-{subsystem}")
