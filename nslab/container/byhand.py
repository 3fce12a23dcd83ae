"""A container from its parts, one after the other, on nothing but calls of the kernel.

`python -m nslab.container.byhand ROOTFS COMMAND...`, as root or not: `nslab.Container` without its checks and choices.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Callable, Iterator

from nslab.container import profile
from nslab.linux import capsets, cgroupfs, files, filters, mount, netif, ns, process, tree, uts
from nslab.linux.flags import FLAGS, combine
from nslab.linux.mount import MountFlag as M

LIMITS = {"memory.max": "64M", "memory.limit_in_bytes": "64M", "pids.max": "20"}
HARD = M.MS_NOSUID | M.MS_NODEV | M.MS_NOEXEC
OWN = combine(tuple(FLAGS[kind] for kind in ("mnt", "uts", "ipc", "pid", "net", "cgroup")))


def main(rootfs: str, command: list[str]) -> int:
    """Run the command in a container, and return its exit status."""
    filter_ = filters.program(profile.RULES, namespaces="EPERM")
    with limited() as groups:
        return forked(lambda: apart(groups, lambda: init(rootfs, command, filter_)))


def apart(groups: list[str], inside: Callable[[], int]) -> int:
    """Into the cgroups, and out of all else that is the machine's; an ordinary user is root in there."""
    for directory in groups:
        cgroupfs.add(directory, os.getpid())
    uid, gid = os.geteuid(), os.getegid()
    if uid != 0:
        ns.unshare(FLAGS["user"])
        files.write("/proc/self/setgroups", "deny")
        files.write("/proc/self/uid_map", f"0 {uid} 1")
        files.write("/proc/self/gid_map", f"0 {gid} 1")
    ns.unshare(OWN)
    return forked(inside)  # the new pid namespace is the children's: the next one has number 1 in it


def forked(run: Callable[[], int]) -> int:
    """Have a child of this process run something, and return its exit status."""
    child = process.fork()
    if child == 0:
        process.die_with_parent()
        os._exit(run())
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@contextlib.contextmanager
def limited() -> Iterator[list[str]]:
    """Limits: a cgroup in each hierarchy that this user may write to. They go when the container has ended."""
    made: list[str] = []
    for hierarchy, point in cgroupfs.mount_points().items():
        above = point if os.access(point, os.W_OK) else point + cgroupfs.paths()[hierarchy]
        if os.access(above, os.W_OK) and {"memory", "pids", ""} & set(hierarchy.split(",")):
            made.append(f"{above}/by-hand-{os.getpid()}")
            cgroupfs.make(made[-1])
            for file in filter(lambda name: os.path.exists(f"{made[-1]}/{name}"), LIMITS):
                files.write(f"{made[-1]}/{file}", LIMITS[file])
    try:
        yield made
    finally:
        for directory in made:
            cgroupfs.remove(directory)


def init(rootfs: str, command: list[str], filter_: bytes) -> int:
    """What the first process does: its names, its network, its root, its privileges; then it starts the command."""
    uts.sethostname("by-hand")
    netif.set_up("lo")
    root(rootfs)
    capsets.bound(profile.CAPABILITIES)
    capsets.keep_only(profile.CAPABILITIES)
    capsets.set_no_new_privs()
    filters.install(filter_)
    return reaping(command)


def root(rootfs: str) -> None:
    """A root of its own: a layer in memory over the image, /proc and /dev in it, and nothing else."""
    mount.set_propagation("/", "private", recursive=True)
    devices = {name: os.open(f"/dev/{name}", os.O_PATH) for name in profile.DEVICES}
    image = os.open(rootfs, os.O_PATH)
    mount.mount("tmpfs", rootfs, "tmpfs", M.MS_NOSUID)
    for name in ("upper", "work", "root"):
        files.mkdir(f"{rootfs}/{name}")
    layers = f"lowerdir=/proc/self/fd/{image},upperdir={rootfs}/upper,workdir={rootfs}/work"
    mount.mount("overlay", f"{rootfs}/root", "overlay", M.MS_NODEV, layers)
    os.chdir(f"{rootfs}/root")
    mount.mount("proc", "proc", "proc", HARD)
    mount.mount("tmpfs", "dev", "tmpfs", M.MS_NOSUID, "mode=0755")
    for name, source in devices.items():
        tree.touch(f"dev/{name}")
        mount.mount(f"/proc/self/fd/{source}", f"dev/{name}", None, M.MS_BIND)
    mount.pivot_root(".", ".")
    mount.umount(".", lazy=True)
    for path in filter(os.path.exists, profile.READ_ONLY):
        mount.mount(path, path, None, M.MS_BIND | M.MS_REC)
        mount.mount("none", path, None, M.MS_BIND | M.MS_REMOUNT | M.MS_RDONLY | HARD)
    for path in filter(os.path.isfile, profile.MASKED):
        mount.mount("/dev/null", path, None, M.MS_BIND)


def reaping(command: list[str]) -> int:
    """An init: it hands a signal on, reaps who is left to it, and ends as the command has ended."""
    child = process.fork()
    if child == 0:
        os.execvpe(command[0], command, profile.ENVIRONMENT)
    signal.signal(signal.SIGTERM, lambda *_: process.kill(child, signal.SIGTERM))
    ended = next(status for pid, status in iter(os.wait, None) if pid == child)
    return os.waitstatus_to_exitcode(ended) % 256


if __name__ == "__main__":
    sys.exit(main(os.path.realpath(sys.argv[1]), sys.argv[2:]))
