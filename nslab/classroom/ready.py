"""Whether this machine can have a class: what is missing, why, and the command that mends it."""

from __future__ import annotations

import importlib.util
import os
import shutil
import stat
import sys
from pathlib import Path

from nslab.classroom.places import CGROUPS
from nslab.errors import Unsupported
from nslab.linux import cgroupfs

PACKAGES = {
    "jupyterhub": "jupyterhub", "systemdspawner": "jupyterhub-systemdspawner",
    "configurable_http_proxy": "configurable-http-proxy",
}  # fmt: skip
"""Module → the package that has it."""
PROGRAMS = ("systemctl", "useradd", "chpasswd", "groupadd")
WANTED = ("cpu", "memory", "pids")
"""Controllers of v2 that a learner's limits need."""


def demand() -> None:
    """Raise `nslab.Unsupported` where there can be no class: packages, systemd, pure v2, root, whose files."""
    for look in (_packages, _systemd, _pure_v2, _root, _closed):
        look()


def finding() -> tuple[str, str, str, str] | None:
    """The doctor's line (name, verdict, seen, mend), where the packages of a class are installed; else None."""
    if any(importlib.util.find_spec(module) is None for module in PACKAGES):
        return None
    try:
        demand()
    except Unsupported as e:
        return "a class", "warn", e.why, e.mend
    return "a class", "ok", "can be had here: nslab class init", ""


def _packages() -> None:
    missing = [package for module, package in PACKAGES.items() if importlib.util.find_spec(module) is None]
    if missing:
        raise Unsupported("a class", f"not installed for this Python: {', '.join(missing)}",
                          f"{sys.executable} -m pip install 'nslab[class]'   (in a clone: -e '.[class]')")  # fmt: skip


def _systemd() -> None:
    if not os.path.isdir("/run/systemd/system"):
        raise Unsupported("a class", "its learners' limits are systemd's, which does not run here (sd_booted(3))",
                          "use a machine that systemd has booted, such as Debian 12 or newer")  # fmt: skip
    missing = [program for program in PROGRAMS if not shutil.which(program, path=f"{os.defpath}:/usr/sbin:/sbin")]
    if missing:
        raise Unsupported("a class", f"not installed: {', '.join(missing)}", "sudo apt-get install systemd passwd")


def _pure_v2() -> None:
    """With v1, also beside v2, systemd delegates no controller to a user: no learner could make a group with limits."""
    points = cgroupfs.mount_points()
    if points.get("") != str(CGROUPS):
        raise Unsupported(
            "a class", "cgroups are version 1 here, alone or beside version 2 "
            f"({', '.join(filter(None, points)) or 'none'}), and of those systemd delegates no limits to a user",
            "boot with systemd.unified_cgroup_hierarchy=1 on the kernel's command line, as Debian has it by default",
        )  # fmt: skip
    missing = [each for each in WANTED if each not in cgroupfs.controllers(str(CGROUPS))]
    if missing:
        raise Unsupported("a class", f"this kernel's cgroups do not have {', '.join(missing)}",
                          "take cgroup_disable= from the kernel's command line, or use another kernel")  # fmt: skip


def _root() -> None:
    if os.geteuid():
        raise Unsupported("a class", f"it makes users and services, and this is uid {os.geteuid()}",
                          "run it as root: sudo nslab class …")  # fmt: skip


def _closed() -> None:
    """A mark is worth what the code is that gives it: nobody but root may be able to write it."""
    for place in (sys.executable, __file__):
        for path in [Path(place).absolute(), *Path(place).absolute().parents, Path(place).resolve(),
                     *Path(place).resolve().parents]:  # fmt: skip
            why = open_to(path)
            if why:
                raise Unsupported("a class", f"{path}, from which checks are run, {why}",
                                  "install nslab as root where nobody else writes, such as in /opt/nslab")  # fmt: skip


def open_to(path: Path) -> str:
    """Who but root may change what is at this path, as the end of a sentence; "" for nobody."""
    info = path.lstat()
    if stat.S_ISLNK(info.st_mode):
        return "" if info.st_uid == 0 else f"is a link of uid {info.st_uid}"
    if info.st_uid:
        return f"belongs to uid {info.st_uid}"
    if info.st_mode & 0o002 and not info.st_mode & stat.S_ISVTX:
        return "can be written by everyone"
    return f"can be written by the group {info.st_gid}" if info.st_mode & 0o020 and info.st_gid else ""
