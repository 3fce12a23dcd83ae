"""What a run of the tests has left on the machine, told from what belongs to others who use it at the same time.

Others are the other workers of this run (pytest-xdist), other runs, and whoever sits at the machine. So what counts is
what is new, and carries the name of this run, or of nobody who still lives.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from collections.abc import Callable

from nslab.lab.upkeep import registry, session
from nslab.linux import cgroupfs, files, mount, mountinfo, ns, process
from nslab.linux.flags import CloneFlag

ENV = "NSLAB_TESTS"
"""Who started a process: the runs of pytest above it, each as PID-STARTTIME, with slashes between."""
OF_A_SESSION = re.compile(r"nslab-(\d+(?:-\d+){2,})")
OF_A_RUN = re.compile(r"nslab-test-(\d+)-(\d+)")
FILES = {"/tmp": ("nslab-c-", "nslab-bench-"), "/dev/shm": ("nslab",)}
"""Directory → how the names begin that demos give to what they make there."""
KEPT = "nslab-log-"
"""How the name begins of what is kept for `nslab log`, where a user has no better place for it."""
SECONDS = float(os.environ.get("NSLAB_TESTS_GOING", "30"))
"""For which something may still be going away. What others make for a moment is gone by then, too."""


def this_run() -> str:
    """The name of this pytest process."""
    return f"{os.getpid()}-{process.starttime()}"


def sign() -> None:
    """Have all that is started from here carry this run's name."""
    above = os.environ.get(ENV, "").split("/")
    if this_run() not in above:
        os.environ[ENV] = "/".join([*filter(None, above), this_run()])


def apart() -> None:
    """Take this process, when it is root's, out of the namespaces in which others mount, rename and make objects.

    What is then new in them is this run's. What the tests start is in them, too: to a test they are the host's.
    """
    if os.geteuid() != 0:
        return
    shared = any(" / / " in line and " shared:" in line for line in files.read("/proc/self/mountinfo").splitlines())
    ns.unshare(CloneFlag.CLONE_NEWNS | CloneFlag.CLONE_NEWUTS | CloneFlag.CLONE_NEWIPC)
    mount.set_propagation("/", "private", recursive=True)
    if shared:
        # As it was, but among themselves: what a sandbox mounts must not come back here.
        mount.set_propagation("/", "shared", recursive=True)
    mount.mount("of-this-run", "/dev/shm", "tmpfs", 0, "mode=1777")


def cgroup_of_this_run() -> str:
    """A name for a cgroup that the run itself makes, and others leave alone."""
    return f"nslab-test-{this_run()}"


def machine() -> dict[str, set[object]]:
    """What a test could leave behind that is of no living session of others'."""
    return {
        "processes": set(_processes()),
        "cgroups": set(_cgroups()),
        "mounts": {(each.id, each.point) for each in mountinfo.mounts()},
        "links": set(_links()),
        "names": {os.uname().nodename, files.read("/proc/sys/kernel/domainname")},
        "System V objects": set(_sysv()),
        "files": {path for where, begins in FILES.items() for path in _called(where, begins)},
        "sessions": {name for name in registry.sessions() if not session.alive(name)},
    }


def _new(before: dict[str, set[object]]) -> dict[str, set[object]]:
    now = machine()
    # These two are the machine's own: what was there when the run began is nobody's to take away.
    gone = {f"{kind} that are gone": before[kind] - now[kind] for kind in ("mounts", "links")}
    found = {kind: there - before[kind] for kind, there in now.items()} | gone
    return {kind: there for kind, there in found.items() if there}


def _processes() -> list[str]:
    """Those that this run started, directly or not, and that carry its name or are still below it."""
    own = set(map(str, process.line()))
    below = set(map(str, process.descendants(os.getpid())))
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        if pid not in own and (pid in below or _is_of_this_run(pid)) and process.runs(pid):
            found.append(f"{pid} {_command(pid)}")
    return found


def _is_of_this_run(pid: str) -> bool:
    for each in _read(f"/proc/{pid}/environ").split("\0"):
        name, _, runs = each.partition("=")
        if name == ENV:
            return this_run() in runs.split("/")
    return False


def _command(pid: str) -> str:
    return _read(f"/proc/{pid}/cmdline").replace("\0", " ").strip()


def _read(path: str) -> str:
    try:
        return files.read(path)
    except OSError:
        return ""


def _cgroups() -> list[str]:
    """All that is called after nslab, but for what living sessions and other living runs have."""
    found = []
    for point in cgroupfs.mount_points().values():
        for where, names, _ in os.walk(point):
            # Where v2 is delegated, this very process sits in nslab-own.
            ours = (name for name in names if "nslab" in name and name != "nslab-own")
            found += [f"{where}/{name}" for name in ours if not _lives(name)]
            names[:] = [name for name in names if not OF_A_SESSION.fullmatch(name)]
    return found


def _lives(name: str) -> bool:
    if of := OF_A_SESSION.fullmatch(name):
        return session.alive(of[1])
    if of := OF_A_RUN.match(name):
        return os.getpid() != int(of[1]) and process.runs(of[1]) and process.starttime(of[1]) == int(of[2])
    return False


def _links() -> list[str]:
    """The network interfaces, but for those whose other end is in somebody's network namespace (a container's)."""
    told = subprocess.run(["ip", "-json", "link"], capture_output=True, text=True, check=True).stdout
    # The number of the other end (iflink) does not tell: it is that of another namespace, and may be one of here, too.
    return [link["ifname"] for link in json.loads(told) if "link_netnsid" not in link]


def _sysv() -> list[tuple[str, int]]:
    """(kind, id) of the objects that this user has made."""
    found = []
    for kind in ("msg", "sem", "shm"):
        head, *lines = files.read(f"/proc/sysvipc/{kind}").splitlines()
        creator = head.split().index("cuid")
        found += [(kind, int(line.split()[1])) for line in lines if int(line.split()[creator]) == os.geteuid()]
    return found


def _called(where: str, begins: tuple[str, ...]) -> list[str]:
    return [f"{where}/{name}" for name in os.listdir(where) if name.startswith(begins) and not name.startswith(KEPT)]


def said(left: dict[str, set[object]]) -> str:
    """What was left, for a person."""
    return "; ".join(f"{kind}: {', '.join(sorted(map(str, there)))}" for kind, there in left.items())


class Watch:
    """The machine when a run began; `left()` tells what the run has not taken away."""

    def __init__(self, finish: Callable[[], object] = lambda: None) -> None:
        self._finish = finish
        finish()
        self._before = machine()

    def left(self) -> str:
        """What is new and stays, or "". What tests that kill everybody leave to the next start is finished first."""
        deadline = time.monotonic() + SECONDS
        while True:
            self._finish()
            found = _new(self._before)
            if not found or time.monotonic() > deadline:
                return said(found)
            time.sleep(0.2)
