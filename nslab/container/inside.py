"""What the first process of a container does before it becomes the command: from its own root to its filter.

It is the child of a clone with the container's namespaces, and takes one part after the other; what comes later cannot
be undone by what comes before. All that it needs is imported at the top: after pivot_root(2) this machine's modules are
out of reach.
"""

from __future__ import annotations

import errno
import os
import signal
import stat
from collections.abc import Callable
from typing import Any, NoReturn

from nslab.container import profile
from nslab.lab.power import (
    privilege,
    refusals,  # noqa: F401  (needed after the root has gone)
)
from nslab.lab.server import remote_errors  # noqa: F401
from nslab.linux import caps, capsets, cgroupfs, files, filters, libc, mount, nodes, ns, process, resolve, rlimits, tree
from nslab.linux.flags import CloneFlag
from nslab.linux.mount import MountFlag as M

HARD = M.MS_NOSUID | M.MS_NODEV | M.MS_NOEXEC


def become(spec: dict[str, Any]) -> NoReturn:
    """Become the command of a Spec (its plain values). Raises OSError that names the part."""
    if spec["gate"]:
        _wait_at(spec["gate"])
    if spec["terminal"]:
        os.login_tty(os.open(spec["terminal"], os.O_RDWR))
    elif spec["stdin"]:
        os.dup2(os.open(spec["stdin"], os.O_RDONLY), 0)
    sources = _Sources()
    # Here, and not by the clone: in v1 this process has only now come into its cgroup.
    if spec["own_cgroup"]:
        ns.unshare(CloneFlag.CLONE_NEWCGROUP)
    volumes = [(_opened(source), target, how) for source, target, how in spec["volumes"]]
    new = root_of(spec)
    file_systems(new, spec, sources)
    for source, target, how in volumes:
        bind(source, new, target, read_only=how == "ro")
    pivot(new)
    cover(spec["masked"], spec["read_only"])
    if spec["readonly"]:
        mount.mount("none", "/", None, M.MS_BIND | M.MS_REMOUNT | M.MS_RDONLY)
    limits(spec)
    os.umask(0o022)
    directory(spec["workdir"])
    privileges(spec)
    if spec["init"]:
        _as_init(lambda: _exec(spec["args"], spec["env"]))
    _exec(spec["args"], spec["env"])


def _wait_at(gate: str) -> None:
    with open(gate, "rb", buffering=0) as pipe:
        if not pipe.read(1):
            raise OSError(errno.ECONNABORTED, "who was to give the container its network has ended")


class _Sources:
    """What of this machine is bound into the container, opened before anything covers it; and its hierarchies, which
    are told as a whole only from the machine's own cgroup namespace.
    """

    def __init__(self) -> None:
        self.devices = {name: _opened(f"/dev/{name}") for name in profile.DEVICES if os.path.exists(f"/dev/{name}")}
        self.sys = _opened("/sys")
        self.hierarchies = list(cgroupfs.mount_points())


def _opened(path: str) -> int:
    return os.open(path, os.O_PATH | os.O_CLOEXEC)


def root_of(spec: dict[str, Any]) -> str:
    """The directory that becomes the root: the rootfs itself, or a layer in memory above it and the others."""
    rootfs = spec["rootfs"]
    lower = [_opened(each) for each in (*reversed(spec["layers"]), rootfs)]
    if spec["keep"]:
        # pivot_root(2) takes a mount alone.
        mount.mount(rootfs, rootfs, None, M.MS_BIND | M.MS_REC)
        mount.mount("none", rootfs, None, M.MS_BIND | M.MS_REMOUNT | M.MS_NODEV)
        return str(rootfs)
    mount.mount("container", rootfs, "tmpfs", M.MS_NOSUID | M.MS_NODEV, "mode=0755")
    for name in ("upper", "work", "root"):
        files.mkdir(f"{rootfs}/{name}")
    # As a new directory of the image would be: the layer's own root is what / looks like inside.
    tree.chmod(f"{rootfs}/upper", stat.S_IMODE(os.fstat(lower[-1]).st_mode))
    by_number = ":".join(resolve.by_number(fd) for fd in lower)
    # An ordinary user may not write the attributes by which overlay marks what was removed, but for his own.
    own = "" if privilege.is_over_the_machine() else ",userxattr"
    options = f"lowerdir={by_number},upperdir={rootfs}/upper,workdir={rootfs}/work{own}"
    # A device file of an image opens no device.
    mount.mount("container", f"{rootfs}/root", "overlay", M.MS_NODEV, options)
    return f"{rootfs}/root"


def file_systems(new: str, spec: dict[str, Any], sources: _Sources) -> None:
    """Mount /proc, /dev and /sys as a container has them (the OCI runtime specification, "Default Filesystems")."""
    root = _opened(new)
    _mount(root, "/proc", "proc", HARD)
    _mount(root, "/dev", "tmpfs", M.MS_NOSUID, "mode=0755,size=65536k")
    for name, source in sources.devices.items():
        if privilege.is_over_the_machine():
            _node(root, f"/dev/{name}", os.stat(resolve.by_number(source)).st_rdev)
        else:
            _bind_file(root, f"/dev/{name}", source)
    for name, target in profile.LINKS.items():
        tree.symlink(target, f"{new}/dev/{name}")
    _mount(root, "/dev/pts", "devpts", M.MS_NOSUID | M.MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620")
    _mount(root, "/dev/shm", "tmpfs", HARD, "mode=1777,size=65536k")
    _mount(root, "/dev/mqueue", "mqueue", HARD)
    if spec["network"] != "host" or privilege.is_over_the_machine():
        _mount(root, "/sys", "sysfs", HARD | M.MS_RDONLY)
        _cgroups(root, sources.hierarchies)
    else:
        # sysfs shows the network's devices: it may be mounted by who owns that namespace alone (sysfs(5)).
        _bind(resolve.opened(root, "/sys", make=0o755), sources.sys, read_only=True)
    os.close(root)


def _node(root: int, path: str, device: int) -> None:
    """A device of the container's own. In a user namespace nobody may make one, and the machine's is bound there."""
    parent = resolve.opened(root, os.path.dirname(path))
    node = f"{resolve.by_number(parent)}/{os.path.basename(path)}"
    nodes.mknod(node, stat.S_IFCHR | 0o666, device)
    tree.chmod(node, 0o666)
    os.close(parent)


def _cgroups(root: int, hierarchies: list[str]) -> None:
    """The cgroup hierarchies, as seen from this cgroup namespace, to be read."""
    if hierarchies == [""]:
        _mount(root, "/sys/fs/cgroup", "cgroup2", HARD | M.MS_RDONLY)
        return
    _mount(root, "/sys/fs/cgroup", "tmpfs", HARD, "mode=0755")
    for hierarchy in hierarchies:
        name = hierarchy.removeprefix("name=") or "unified"
        kind, options = ("cgroup", hierarchy) if hierarchy else ("cgroup2", None)
        _mount(root, f"/sys/fs/cgroup/{name}", kind, HARD | M.MS_RDONLY, options)
    # Its directories were needed until now.
    above = resolve.opened(root, "/sys/fs/cgroup")
    mount.mount("none", os.readlink(resolve.by_number(above)), None, M.MS_BIND | M.MS_REMOUNT | M.MS_RDONLY | HARD)
    os.close(above)


def _mount(root: int, path: str, kind: str, flags: int, options: str | None = None) -> None:
    target = resolve.opened(root, path, make=0o755)
    where, wanted = (os.readlink(resolve.by_number(fd)) for fd in (target, root))
    if where != wanted.rstrip("/") + path:
        # It would not be where everybody looks for it, and what is to be covered there would not be covered.
        raise OSError(errno.ELOOP, f"{path} of the image is a link, or behind one: it has to be a directory")
    try:
        mount.mount(kind, resolve.by_number(target), kind, flags, options)
    except OSError as e:
        raise OSError(e.errno, f"{path} of the container: {e.strerror or e}") from e
    finally:
        os.close(target)


def bind(source: int, new: str, target: str, *, read_only: bool) -> None:
    """Show a directory or a file of the machine at a path of the container, no link of which leads out of it."""
    root = _opened(new)
    try:
        if stat.S_ISDIR(os.fstat(source).st_mode):
            _bind(resolve.opened(root, target, make=0o755), source, read_only=read_only)
        else:
            _bind_file(root, target, source, read_only=read_only)
    finally:
        os.close(root)


def _bind_file(root: int, path: str, source: int, *, read_only: bool = False) -> None:
    parent = resolve.opened(root, os.path.dirname(path), make=0o755)
    try:
        os.close(os.open(os.path.basename(path), os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644, dir_fd=parent))
    finally:
        os.close(parent)
    _bind(resolve.opened(root, path), source, read_only=read_only)


def _bind(target: int, source: int, *, read_only: bool) -> None:
    mount.mount(resolve.by_number(source), resolve.by_number(target), None, M.MS_BIND | M.MS_REC)
    if read_only:
        # The path leads to the new mount only after it is opened again.
        mount.mount("none", os.readlink(resolve.by_number(target)), None,
                    M.MS_BIND | M.MS_REMOUNT | M.MS_RDONLY | M.MS_NOSUID | M.MS_NODEV)  # fmt: skip
    os.close(target)


def pivot(new: str) -> None:
    """Make `new` the root of this mount namespace, and let go of the old one with all that is mounted in it."""
    os.chdir(new)
    # Both in one place: the old root then lies on top of the new one, and is taken off (pivot_root(2), "Notes").
    mount.pivot_root(".", ".")
    mount.umount(".", lazy=True)
    os.chdir("/")


def cover(masked: list[str], read_only: list[str]) -> None:
    """Cover paths with nothing, and have others be read and not written; those that are not there are passed over."""
    for path in masked:
        if os.path.isdir(path):
            mount.mount("tmpfs", path, "tmpfs", M.MS_RDONLY | HARD, "size=0,mode=0755")
        elif os.path.lexists(path):
            mount.mount("/dev/null", path, None, M.MS_BIND)
    for path in read_only:
        if os.path.lexists(path):
            mount.mount(path, path, None, M.MS_BIND | M.MS_REC)
            mount.mount("none", path, None, M.MS_BIND | M.MS_REMOUNT | M.MS_RDONLY | HARD)


def limits(spec: dict[str, Any]) -> None:
    """The limits of getrlimit(2), and the score by which the OOM killer chooses."""
    for name, limit in spec["limits"].items():
        rlimits.limit(name, limit)
    if spec["oom_score_adj"] is not None:
        files.write("/proc/self/oom_score_adj", str(spec["oom_score_adj"]))


def directory(path: str) -> None:
    """Go to the working directory, which is made when it is missing. Raises NotADirectoryError, OSError."""
    if os.path.lexists(path) and not os.path.isdir(path):
        raise NotADirectoryError(errno.ENOTDIR, "it is to be the working directory, and is no directory", path)
    if not os.path.isdir(path):
        tree.make_directories(path)
    os.chdir(path)


def privileges(spec: dict[str, Any]) -> None:
    """Take the ids, give up the capabilities, and put on the filter: the last steps, since each forbids those before.

    Without no_new_privs the filter asks for CAP_SYS_ADMIN (seccomp(2)), and goes on first.
    """
    if spec["filter"] is not None and not spec["no_new_privs"]:
        filters.install(spec["filter"])
    capsets.bound(spec["capabilities"])
    uid, gid = spec["user"]
    if files.read("/proc/self/setgroups") != "deny":
        caps.setgroups([])
    caps.take_ids(uid, gid, drop_groups=False)
    if uid == 0:
        capsets.keep_only(spec["capabilities"])
    if spec["no_new_privs"]:
        capsets.set_no_new_privs()
        if spec["filter"] is not None:
            filters.install(spec["filter"])


def _exec(args: list[str], env: dict[str, str]) -> NoReturn:
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    try:
        os.execvpe(args[0], args, env)
    except OSError as e:
        raise OSError(e.errno, _WHY.get(e.errno or 0, os.strerror(e.errno or 0)), args[0]) from None


_WHY = {
    errno.ENOENT: "there is no such program in the rootfs, or the loader or the interpreter that it names is not there",
    errno.EACCES: "it may not be executed: it is no file, has no x bit, or lies on a mount without exec",
    errno.ENOEXEC: "it is no program of this machine: another architecture's, or a script without its first line #!",
    errno.ENOTDIR: "a part of its path is no directory in the rootfs",
}  # fmt: skip


def _as_init(start: Callable[[], NoReturn]) -> NoReturn:
    """Be an init: hand on each signal to the command, reap what is left to it, and end as the command has ended."""
    held = set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP, signal.SIGCHLD}
    signal.pthread_sigmask(signal.SIG_BLOCK, held | {signal.SIGCHLD})
    command = process.fork()
    if command == 0:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, held | {signal.SIGCHLD})
        try:
            start()
        except OSError as e:
            os.write(2, f"{e.filename}: {e.strerror}\n".encode())
        os._exit(127)
    while True:
        got = signal.sigwait(held | {signal.SIGCHLD})
        if got is not signal.SIGCHLD:
            libc.answer(process.kill, command, got)
            continue
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                break
            if pid == 0:
                break
            if pid == command:
                code = os.waitstatus_to_exitcode(status)
                os._exit(code if code >= 0 else 128 - code)
