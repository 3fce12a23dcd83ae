"""Limits that lie on this process: on namespaces, on processes, on memory, on CPU time, its own and those above."""

from __future__ import annotations

import contextlib
import os
import resource
from collections.abc import Collection, Iterator
from typing import NamedTuple

from nslab.linux import cgroupfs, files, process
from nslab.linux.flags import CloneFlag

_USER = "/proc/sys/user/max_{}_namespaces"
ENOUGH = 15000
"""What a limit on namespaces may be set to: more than anybody makes, and no more than any machine can have."""


class Limit(NamedTuple):
    """A limit that is on this process: what it is called, its value, what is used of it, and what raises it."""

    name: str
    value: int
    used: int
    mend: str

    @property
    def reached(self) -> bool:
        return self.used >= self.value

    def __str__(self) -> str:
        return f"{self.name} is {self.value}, and {self.used} are in use as far as can be seen"


def on_namespaces(kinds: tuple[str, ...]) -> list[Limit]:
    """The limits on namespaces of these types (namespaces(7), "/proc/sys/user")."""
    found = []
    for kind in kinds:
        try:
            value = int(files.read(_USER.format(kind)))
        except OSError:
            continue  # there is none for this type in this kernel, or no /proc/sys
        name = f"user.max_{kind}_namespaces"
        found.append(Limit(name, value, len(_seen(kind)), f"as root: sysctl -w {name}={ENOUGH}"))
    return found


def _seen(kind: str) -> set[int]:
    """The inodes of the namespaces of a type that any process that can be seen is in."""
    found = set()
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            found.add(os.stat(f"/proc/{pid}/ns/{kind}").st_ino)
        except OSError:
            continue  # it has ended, or is another user's
    return found


def on_processes() -> list[Limit]:
    """The limits on the number of processes: of its cgroup and those above, its user's (getrlimit(2)), the kernel's."""
    found = []
    for directory in above("pids"):
        try:
            value, used = (files.read(f"{directory}/pids.{file}") for file in ("max", "current"))
        except OSError:
            continue  # a root has no limit
        if value != "max":
            mend = f"raise it: echo max >{directory}/pids.max, as root"
            found.append(Limit(f"pids.max of the cgroup {directory}", int(value), int(used), mend))
    own, _ = resource.getrlimit(resource.RLIMIT_NPROC)
    if own != resource.RLIM_INFINITY:
        found.append(
            Limit(
                "the limit on this user's processes (ulimit -u, RLIMIT_NPROC)",
                own,
                _threads(os.getuid()),
                "raise it: ulimit -u unlimited, where your hard limit lets you; as root: prlimit",
            )
        )
    whole = int(files.read("/proc/sys/kernel/threads-max"))
    running = int(files.read("/proc/loadavg").split(" ")[3].partition("/")[2])
    found.append(Limit("kernel.threads-max", whole, running, f"as root: sysctl -w kernel.threads-max={2 * whole}"))
    return found


def _threads(uid: int) -> int:
    found = 0
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            told = process.status(pid)
        except OSError:
            continue  # it has ended
        if int(told["Uid"].split("\t")[0]) == uid:
            found += int(told["Threads"])
    return found


def above(subsystem: str) -> Iterator[str]:
    """The directories of this process's cgroup and those above it that can be seen, in the hierarchy of a subsystem."""
    points = cgroupfs.mount_points()
    for hierarchy, path in cgroupfs.paths().items():
        if hierarchy and subsystem not in hierarchy.split(","):
            continue
        if hierarchy not in points or path.startswith("/.."):
            continue
        while True:
            directory = points[hierarchy] + path.rstrip("/")
            if os.path.isdir(directory):
                yield directory
            if path == "/":
                break
            path = os.path.dirname(path)


def upwards(directory: str) -> list[str]:
    """A cgroup's directory and those of the cgroups above it, as far as the hierarchy is mounted."""
    found = []
    while os.path.exists(f"{directory}/cgroup.procs"):
        found.append(directory)
        directory = os.path.dirname(directory.rstrip("/"))
    return found


_MEMORY = (
    ("memory.max", "memory.current"),
    ("memory.high", "memory.current"),
    ("memory.limit_in_bytes", "memory.usage_in_bytes"),
)
"""Files with a limit on memory, each with that of what is used of it."""


class Room(NamedTuple):
    """How many bytes of memory may still be used here, and what says so."""

    free: int
    by: str


def memory(directories: list[str]) -> Room:
    """The room that the machine and the cgroups at `directories` leave: MemAvailable, memory.max, and memory.high, past
    which whoever asks for more is slowed down.
    """
    from nslab.linux import hugepage

    least = Room(hugepage.meminfo()["MemAvailable"], "MemAvailable of /proc/meminfo")
    for directory in directories:
        for limit, usage in _MEMORY:
            try:
                value, used = files.read(f"{directory}/{limit}"), int(files.read(f"{directory}/{usage}"))
            except OSError:
                continue  # the other version, or a root
            if value != "max" and int(value) - used < least.free:
                least = Room(max(0, int(value) - used), f"{limit} of {directory} is {value}, of which {used} are used")
    return least


def ceiling(directories: list[str]) -> tuple[float, str]:
    """The lowest ceiling on CPU time of the cgroups at `directories`, in percent of one CPU, and what says so."""
    least, by = float("inf"), ""
    for directory in directories:
        try:
            quota, period = files.read(f"{directory}/cpu.max").split(" ")
            file = "cpu.max"
        except OSError:
            try:
                quota, period = (files.read(f"{directory}/cpu.cfs_{each}_us") for each in ("quota", "period"))
                file = "cpu.cfs_quota_us"
            except OSError:
                continue  # a root has none
        if quota not in ("max", "-1") and 100 * int(quota) / int(period) < least:
            least, by = 100 * int(quota) / int(period), f"{file} of {directory} is {quota} of {period}"
    return least, by


def throughput(directories: list[str], disks: Collection[str]) -> dict[str, tuple[int, str]]:
    """The lowest limits on these disks ("254:0") of the cgroups at `directories`: rbps, wbps, riops, wiops, each with
    what says so. In v1 that of a cgroup above does not apply (blkio-controller.rst, "Hierarchical Cgroups").
    """
    least: dict[str, tuple[int, str]] = {}
    for directory in directories:
        try:
            lines = files.read(f"{directory}/io.max").splitlines()
        except OSError:
            continue  # v1, a root, or the controller is not given to it
        for disk, *pairs in (line.split(" ") for line in lines):
            for key, _, value in (pair.partition("=") for pair in pairs):
                if disk in disks and value != "max" and (key not in least or int(value) < least[key][0]):
                    least[key] = int(value), f"{key} for the disk {disk} in io.max of {directory} is {value}"
    return least


def frozen(directories: list[str]) -> str:
    """The cgroup among `directories` that is frozen itself, and not only by one above it; "" for none."""
    for directory in directories:
        for file in ("cgroup.freeze", "freezer.self_freezing"):
            # The other version, or a root.
            with contextlib.suppress(OSError):
                if files.read(f"{directory}/{file}").strip() == "1":
                    return directory
    return ""


def nested(flags: int) -> bool:
    """Whether these flags make namespaces that may not be nested deeper than 32 levels (clone(2), ENOSPC)."""
    return bool(flags & (CloneFlag.CLONE_NEWUSER | CloneFlag.CLONE_NEWPID))
