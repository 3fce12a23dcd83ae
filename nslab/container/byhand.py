"""A container from its parts: `python -m nslab.container.byhand ROOTFS COMMAND...`, as root or not.

The number at the end of a line is the step of lesson 19 that adds it; at the head of a block it holds for the block."""

from __future__ import annotations

import contextlib
import os
import signal
import sys

from nslab.container import profile
from nslab.lab.upkeep import cgroup_cleanup
from nslab.linux import capsets, cgroupfs, clone, files, filters, idmap, mount, nat, netlink, ns, process, tree, uts
from nslab.linux.flags import FLAGS, CloneFlag
from nslab.linux.mount import MountFlag as M

OWN = CloneFlag(0)
OWN |= FLAGS["uts"] | FLAGS["ipc"]  # 2
OWN |= FLAGS["pid"] | FLAGS["mnt"]  # 3
OWN |= FLAGS["net"]  # 6
OWN |= FLAGS["user"]  # 7
NAME, NETWORK = f"by-hand-{os.getpid()}", f"10.{os.getpid() // 250 % 200 + 20}.{os.getpid() % 250}"  # 6
END = contextlib.ExitStack()  # 6
PLACES = cgroupfs.places(("memory", "pids", "cpu"))  # 8
LIMITS = {"memory.max": "64M", "memory.limit_in_bytes": "64M", "pids.max": "20"}  # 8
LIMITS |= {"cpu.max": "50000", "cpu.cfs_quota_us": "50000"}  # 8


def main(rootfs: str, command: list[str]) -> int:
    """Run the command in a container, and return its exit status."""
    os.chdir(rootfs)  # 4
    other = process.outliving(clean)  # 8
    begins, go = os.pipe()
    child = clone.clone(int(OWN))
    if child == 0:
        os.close(go)
        sys.exit(inside(begins, command))
    connect(child)  # 6
    map_ids(child)  # 7
    limit(child)  # 8
    pass_on(child)  # 10
    os.write(go, b".")
    ended = os.waitpid(child, 0)[1]
    END.close()  # 6
    clean()  # 8
    process.kill(other)  # 8
    return os.waitstatus_to_exitcode(ended) % 256


def inside(begins: int, command: list[str]) -> int:
    """The first process of the container: it waits for its parent's word, builds its world, and becomes the command."""
    process.die_with_parent()
    os.read(begins, 1) or sys.exit(1)  # the parent has ended first
    filter_ = filters.program(profile.RULES, namespaces="EPERM")  # 9
    if os.getuid() != 0:  # 7
        idmap.become(0, 0)
        process.die_with_parent()  # with another uid the kernel has forgotten it
    uts.sethostname("by-hand")  # 2
    netlink.bring_up("lo", "127.0.0.1", 8)  # 6
    if "eth0" in netlink.links():  # 6
        netlink.bring_up("eth0", f"{NETWORK}.2")
        netlink.add_default_route(f"{NETWORK}.1")
    ns.unshare(FLAGS["cgroup"])  # 8
    mount.set_propagation("/", "private", recursive=True)  # 3
    root()  # 4
    mount.mount("proc", "/proc", "proc", M.MS_NOSUID | M.MS_NODEV | M.MS_NOEXEC)  # 3
    mount.umount(".", lazy=True)  # 4
    lose(filter_)  # 9
    pass_on(-1)  # 10
    if (child := process.fork()) != 0:  # 10
        pass_on(child)
        return next(os.waitstatus_to_exitcode(ended) % 256 for pid, ended in iter(os.wait, None) if pid == child)
    return os.execvpe(command[0], command, profile.ENVIRONMENT)


def root() -> None:  # 4
    """A root of its own, of layers, with a few devices. The old one lies on top of it and is still to be unmounted."""
    mount.mount("tmpfs", "/tmp", "tmpfs", M.MS_NOSUID)  # 5
    for name in ("upper", "work", "root"):  # 5
        files.mkdir(f"/tmp/{name}")
    mount.mount("overlay", "/tmp/root", "overlay", 0, "lowerdir=.,upperdir=/tmp/upper,workdir=/tmp/work")  # 5
    os.chdir("/tmp/root")  # 5
    mount.mount(".", "/tmp", None, M.MS_BIND | M.MS_REC)
    mount.mount("tmpfs", "/tmp/dev", "tmpfs", M.MS_NOSUID, "mode=0755")
    for name in profile.DEVICES:
        tree.touch(f"/tmp/dev/{name}")
        mount.mount(f"/dev/{name}", f"/tmp/dev/{name}", None, M.MS_BIND)
    os.chdir("/tmp")
    mount.pivot_root(".", ".")


def lose(filter_: bytes) -> None:  # 9
    """What no namespace separates is covered; some of root's privileges are left, and most system calls."""
    for path in filter(os.path.exists, profile.READ_ONLY):
        mount.read_only(path)
    for path in filter(os.path.isfile, profile.MASKED):
        mount.mount("/dev/null", path, None, M.MS_BIND)
    capsets.bound(profile.CAPABILITIES)
    capsets.keep_only(profile.CAPABILITIES)
    capsets.set_no_new_privs()
    filters.install(filter_)


def pass_on(child: int) -> None:  # 10
    """Hand on to a child what asks it to end."""
    for each in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(each, lambda number, _: process.kill(child, number))


def connect(child: int) -> None:  # 6
    """A wire to the machine; where that forwards (net.ipv4.ip_forward) it leads out, by its address."""
    with contextlib.suppress(PermissionError):  # an ordinary user has no network to connect it to
        netlink.add_veth(f"by-hand{child}", "eth0", child)
        netlink.bring_up(f"by-hand{child}", f"{NETWORK}.1")
        END.enter_context(nat.translated(NAME, f"{NETWORK}.0/24", must=False))


def map_ids(child: int) -> None:  # 7
    """Root inside is who started it, and of the machine's root a range of numbers that nobody has."""
    many = os.geteuid() == 0 and int(files.read("/proc/self/uid_map").split()[2]) > 1 << 18
    uids, gids = (((0, 1 << 17, 1 << 16) if many else (0, own, 1),) for own in (os.geteuid(), os.getegid()))
    idmap.write_maps(child, uids, gids, None if many else "deny")


def limit(child: int) -> None:  # 8
    """A cgroup in each hierarchy that this user may write to, with its limits, and the container's process in it."""
    for above, controllers in PLACES.items():
        cgroupfs.make(f"{above}/{NAME}")
        cgroupfs.lend(above, controllers, "by-hand")
        for file in LIMITS.keys() & set(os.listdir(f"{above}/{NAME}")):
            files.write(f"{above}/{NAME}/{file}", LIMITS[file])
        cgroupfs.add(f"{above}/{NAME}", child)


def clean() -> None:  # 8
    """Take away what does not go with the last process. This one does it, or the other, whichever is alive."""
    for above in PLACES:
        cgroup_cleanup.remove(f"{above}/{NAME}")
        cgroupfs.take_back(above, "by-hand")


if __name__ == "__main__":
    sys.exit(main(os.path.realpath(sys.argv[1]), sys.argv[2:]))
