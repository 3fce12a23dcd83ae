"""The cgroup filesystem: where hierarchies are mounted, who is in which cgroup, and changes to it (cgroups(7))."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterable, Iterator

from nslab.linux import files, mount, mountinfo, trace


def paths(pid: int | str = "self") -> dict[str, str]:
    """Hierarchy → the path of the process in it, from /proc/PID/cgroup.

    A hierarchy of v1 goes by its controllers ("cpu,cpuacct", "name=systemd"), that of v2 by "".
    """
    lines = (line.split(":", 2) for line in files.read(f"/proc/{pid}/cgroup").split("\n") if line)
    return {controllers: path for _, controllers, path in lines}


def mount_points() -> dict[str, str]:
    """Hierarchy → where it is mounted as a whole, as far as it is (/proc/self/mountinfo).

    Mounts that another mount hides are left out. Where a hierarchy is mounted more than once, this is the first place
    that can be written to, else the first.
    """
    found: dict[str, str] = {}
    read_only: dict[str, str] = {}
    hierarchies = tuple(paths())
    for mounted in mountinfo.mounts():
        if mounted.root != "/" or mounted.fstype not in ("cgroup", "cgroup2") or not _is_on_top(mounted):
            continue
        chosen = read_only if "ro" in mounted.options.split(",") else found
        for hierarchy in _shown_by(mounted, hierarchies):
            chosen.setdefault(hierarchy, mounted.point)
    return {**read_only, **found}


def spoiled() -> dict[str, str]:
    """Mount point of a hierarchy → what is wrong with it: "hidden by another mount", "read-only"."""
    found = {}
    for mounted in mountinfo.mounts():
        if mounted.fstype in ("cgroup", "cgroup2"):
            if not _is_on_top(mounted):
                found[mounted.point] = "hidden by another mount"
            elif "ro" in mounted.options.split(","):
                found[mounted.point] = "read-only"
    return found


def _shown_by(mounted: mountinfo.Mount, hierarchies: Iterable[str]) -> Iterator[str]:
    """The hierarchies that a mount shows."""
    if mounted.fstype == "cgroup2":
        yield ""
        return
    given = set(mounted.super_options.split(","))
    yield from (each for each in hierarchies if each and set(each.split(",")) <= given)


def _is_on_top(mounted: mountinfo.Mount) -> bool:
    """Whether its mount point shows it: no other mount covers that directory, or one above it."""
    try:
        device = os.stat(mounted.point).st_dev
    except OSError:
        return False
    return f"{os.major(device)}:{os.minor(device)}" == mounted.device


def subsystems() -> tuple[str, ...]:
    """The subsystems that this kernel has switched on (/proc/cgroups), as v1 names them."""
    return tuple(name for name, enabled in _listed() if enabled)


def switched_off() -> tuple[str, ...]:
    """The subsystems that this kernel has and that are off, as by cgroup_disable= on its command line."""
    return tuple(name for name, enabled in _listed() if not enabled)


def _listed() -> Iterator[tuple[str, bool]]:
    """Each subsystem of /proc/cgroups, and whether it is switched on (cgroups(7))."""
    for line in files.read("/proc/cgroups").split("\n"):
        if line and not line.startswith("#"):
            name, _, _, enabled = line.split("\t")
            yield name, enabled == "1"


def controllers(directory: str, which: str = "controllers") -> tuple[str, ...]:
    """The controllers of a cgroup of v2: that it may use ("controllers"), or gives its children ("subtree_control")."""
    return tuple(files.read(f"{directory}/cgroup.{which}").split())


def places(wanted: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Directory → those of these controllers that a cgroup of v2 there has for its children, if told so; none in v1.

    One directory for each mounted hierarchy that has one of them, or is v2: its top where this user may write there,
    else this process's own cgroup where he may write there.
    """
    found = {}
    for hierarchy, point in mount_points().items():
        directory = point if os.access(point, os.W_OK) else point + paths()[hierarchy]
        if os.access(directory, os.W_OK) and (not hierarchy or set(wanted) & set(hierarchy.split(","))):
            has = () if hierarchy else controllers(directory)
            found[directory] = tuple(name for name in wanted if name in has)
    return found


def lend(above: str, names: Iterable[str], programs: str) -> None:
    """Give controllers to the children of a cgroup of v2, for programs that run at once, until `take_back`.

    Whoever lacks one switches it on, and leaves a mark: an empty cgroup, `by-hand-gives-memory` for the `programs`
    "by-hand". The caller's own cgroup is there already: so who ends meanwhile sees that they are needed.
    Where processes are in the cgroup nothing is given, and its children have no limits.
    """
    with _locked(above):
        given = controllers(above, "subtree_control") if names and not _keeps_all(above) else names
        for name in sorted(set(names) - set(given)):
            # Somebody has come to be in it meanwhile (EBUSY).
            with contextlib.suppress(OSError):
                files.write(f"{above}/cgroup.subtree_control", f"+{name}")
                make(f"{above}/{programs}-gives-{name}")


def take_back(above: str, programs: str) -> None:
    """Take back what has a mark, when no cgroup of these programs is left. The caller has removed his own."""
    marked = f"{programs}-gives-"
    with _locked(above):
        there = [each for each in os.listdir(above) if each.startswith(f"{programs}-")]
        marks = [each for each in there if each.startswith(marked)]
        for mark in marks if len(marks) == len(there) else ():
            # Somebody else's cgroup gives it on by now (EBUSY): the mark stays, for who ends later.
            with contextlib.suppress(OSError):
                files.write(f"{above}/cgroup.subtree_control", f"-{mark.removeprefix(marked)}")
                remove(f"{above}/{mark}")


def _keeps_all(cgroup: str) -> bool:
    """Whether processes are in a cgroup of v2 that is not the root, or in a threaded one.

    The kernel then refuses memory and io alone (EBUSY). With cpu or pids the children would be invalid as domains, and
    no process could be put into them (EOPNOTSUPP): cgroup-v2.rst, "Threads".
    """
    if not os.path.exists(f"{cgroup}/cgroup.type"):
        return False
    return files.read(f"{cgroup}/cgroup.type").strip() != "domain" or bool(files.read(f"{cgroup}/cgroup.procs"))


@contextlib.contextmanager
def _locked(directory: str) -> Iterator[None]:
    """Nobody else lends or takes back meanwhile (flock(2))."""
    fd = os.open(directory, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)


def mount_hierarchy(hierarchy: str, target: str) -> None:
    """Mount a hierarchy, as far as this process's cgroup namespace shows it (cgroup_namespaces(7)). Raises OSError."""
    if not hierarchy:
        mount.mount("nslab", target, "cgroup2")
    else:
        options = f"none,{hierarchy}" if hierarchy.startswith("name=") else hierarchy
        mount.mount("nslab", target, "cgroup", 0, options)


def make(directory: str) -> None:
    """Make a cgroup: mkdir(2), recorded. Raises OSError with the call in its message."""
    trace.recorded("mkdir", (f'"{directory}"', "0755"), os.mkdir, directory, 0o755)


def delegate(directory: str, uid: int, gid: int) -> None:
    """Let a user make cgroups in one of v2, and move processes there: chown(2) of it and of the files that are for that
    (cgroup-v2.rst, "Model of Delegation"), recorded. Raises OSError.
    """
    for name in ("", "/cgroup.procs", "/cgroup.threads", "/cgroup.subtree_control"):
        path = directory + name
        trace.recorded("chown", (f'"{path}"', str(uid), str(gid)), os.chown, path, uid, gid)


def remove(directory: str) -> None:
    """Remove an empty cgroup: rmdir(2), recorded. Raises OSError: EBUSY where processes or cgroups are in it."""
    trace.recorded("rmdir", (f'"{directory}"',), os.rmdir, directory)


def add(directory: str, pid: int) -> None:
    """Move a process into a cgroup; 0 means the caller. Raises OSError."""
    files.write(f"{directory}/cgroup.procs", str(pid))


def members(directory: str) -> list[int]:
    """The processes of one cgroup, without those of its children; 0 for one that cannot be seen from here."""
    return [int(pid) for pid in files.read(f"{directory}/cgroup.procs").split()]


def tree(directory: str) -> list[str]:
    """A cgroup and all below it, children before parents; [] where it is gone."""
    return [where for where, _, _ in os.walk(directory, topdown=False)]
