"""What a helper needs to know of a machine, as plain values: versions, kernel, rights, what can be made, and why not.

Nothing of it is a secret: no names of the machine or its users, no environment, and the home directory is "~".
"""

from __future__ import annotations

import os
import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from nslab.errors import Unsupported
from nslab.lab.client.host import has_user_systemd, host
from nslab.lab.power import delegation, settings
from nslab.lab.upkeep import cgroup_cleanup
from nslab.linux import cgroupfs, files, process
from nslab.linux.flags import FLAGS, CloneFlag

PACKAGES = (
    "nslab", "jupyterlab", "ipykernel", "ipywidgets", "anywidget", "matplotlib", "psutil", "pyroute2", "cloudpickle",
    "tblib", "rich", "click",
)  # fmt: skip


def facts() -> dict[str, Any]:
    """Return plain values for JSON. Makes a process for each type of namespace and ends it; changes nothing else."""
    uname = os.uname()
    return {
        "packages": {name: _version(name) for name in PACKAGES},
        "python": {"version": platform.python_version(), "executable": without_home(sys.executable)},
        "kernel": {"release": uname.release, "version": uname.version, "machine": uname.machine},
        "distribution": _distribution(),
        "cpus": len(os.sched_getaffinity(0)),
        "user": _user(),
        "settings": {name.replace("/", "."): _setting(name) for name, *_ in settings.SETTINGS},
        "namespaces": {kind: _namespace(kind, flag) for kind, flag in FLAGS.items()},
        "cgroups": _cgroups(),
    }


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def without_home(path: str) -> str:
    """The path as a shell would take it, without the name of the user in whose home directory it may be."""
    home = os.path.expanduser("~")
    return path.replace(home, "~", 1) if home != "/" and path.startswith(f"{home}/") else path


def _distribution() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        return ""


def _setting(name: str) -> str | None:
    """A sysctl's value; None where this kernel has no such setting."""
    try:
        return files.read(f"/proc/sys/{name}").strip()
    except OSError:
        return None


def _user() -> dict[str, Any]:
    """What this process may do: capabilities(7) as in /proc/PID/status, and what was taken from it for good."""
    status = process.status()
    return {
        "uid": os.geteuid(),
        "capabilities": {"effective": status["CapEff"], "bounding": status["CapBnd"]},
        "no_new_privs": status.get("NoNewPrivs") == "1",
        "seccomp": {"0": "none", "1": "strict", "2": "filter"}.get(status.get("Seccomp", "")),
    }


def _namespace(kind: str, flag: CloneFlag) -> dict[str, Any]:
    """Whether one was made, and if not why and what mends it; `limit` is how many a user may have (/proc/sys/user)."""
    limit = _setting(f"user/max_{kind}_namespaces")
    found = {"limit": None if limit is None else int(limit), "made": False, "why": "", "mend": ""}
    try:
        child = host().clone(os.getpid, flag, stream=False)
        child.wait()
        return found | {"made": not child.failed}
    except Unsupported as e:
        return found | {"why": e.why, "mend": e.mend}
    except (OSError, RuntimeError) as e:
        return found | {"why": str(e), "mend": "run as root (sudo make lab), or use the VM: vagrant up"}


def _cgroups() -> dict[str, Any]:
    """The version, and of each mounted hierarchy its controllers and the cgroup below which this user may make others.

    Of v1 a hierarchy is named by its controllers, of v2 by "v2" (cgroups(7)).
    """
    mounted = cgroupfs.mount_points()
    v1, v2 = sorted(filter(None, mounted)), "" in mounted
    hierarchies = {}
    for hierarchy, point in sorted(mounted.items()):
        below = point if os.access(point, os.W_OK) else None
        below = below or cgroup_cleanup.delegated(point, hierarchy)
        controllers = hierarchy.split(",") if hierarchy else list(cgroupfs.controllers(point))
        mend = "" if below else delegation.mend()
        found = {"mounted": point, "controllers": controllers, "below": below, "mend": mend}
        hierarchies[hierarchy or "v2"] = found
    return {
        "version": "hybrid" if v1 and v2 else "v1" if v1 else "v2" if v2 else None,
        "subsystems": list(cgroupfs.subsystems()),
        "hierarchies": hierarchies,
        "systemd": has_user_systemd(),
    }
