"""Mount namespaces: a list of mounts of one's own (mount_namespaces(7))."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from nslab.errors import Unsupported, checked_whole
from nslab.experiment.evidence import Evidence, Row
from nslab.experiment.expect import NOT_ASKED, Exactly, Is, Same
from nslab.experiment.parts import Part
from nslab.kernels.elsewhere import elsewhere
from nslab.lab.client.place import Place
from nslab.linux import files, mount, ns, roots
from nslab.linux.libc import answer
from nslab.linux.mount import MountFlag
from nslab.namespaces.run import own_namespace, run

CLAIM = "What is mounted in a mount namespace of one's own is not mounted on the host, unless the two agreed to share."
TOP = "/mnt"
"""Where the experiments mount their own tmpfs; everything they make lies in it and goes with the namespace."""
MARK = "nslab-was-here"


@elsewhere
def demo(size: int = 1, only: str | Sequence[str] | None = None) -> Evidence:
    """Mount things on both sides of a mount namespace, and look who sees them.

    `size`: of the tmpfs in the part "tmpfs", in MiB, 1 to 64. `only`: the names of PARTS to run. Nothing is
    mounted on the host. Raises TypeError, ValueError, `nslab.Unsupported`. Source: mount_namespaces(7).
    """
    size = checked_whole("size", size, 1, 64, "MiB")
    return run("mnt", CLAIM, PARTS, only, {"size": size}, standin={"mnt": True})


# -- a filesystem that only the inside sees --------------------------------------------------------------


def _tmpfs(outside: Place, treated: bool, *, size: int) -> Iterator[Row]:
    ns_before = outside.ns["mnt"]
    before, size_before = outside.call(_look_and_size, TOP)
    with outside.sandbox(mnt=treated) as box:
        box.call(_mount_marked, TOP, size)
        inside, size_inside = box.call(_look_and_size, TOP)
        after, size_after = outside.call(_look_and_size, TOP)
        yield own_namespace("mnt", ns_before, box.ns["mnt"], outside.ns["mnt"])
    yield Row("tmpfs-file", f"a file in a tmpfs on {TOP}", before, inside, after)
    label = f"size of the filesystem at {TOP}, in MiB"
    yield Row("tmpfs-size", label, size_before, size_inside, size_after, varies=True)


def _mount_marked(path: str, size: int = 1) -> None:
    """Mount a tmpfs of `size` MiB and put a file into it."""
    mount.mount("nslab", path, "tmpfs", MountFlag.MS_NOSUID | MountFlag.MS_NODEV, f"size={size}m")
    _mark(path)


def _mark(path: str) -> None:
    """Make a file that says in which mount namespace it was made."""
    with open(f"{path}/{MARK}", "w") as f:
        f.write(str(ns.inode("mnt")))


def _look(path: str) -> str:
    return "there" if os.path.exists(f"{path}/{MARK}") else "absent"


def _look_and_size(path: str) -> tuple[str, int]:
    s = os.statvfs(path)
    return _look(path), s.f_blocks * s.f_frsize // (1 << 20)


# -- propagation -----------------------------------------------------------------------------------------


class _View(NamedTuple):
    """What a process sees of the mount `parent`: whether there is a mount on each of its two places, and what its line
    of /proc/self/mountinfo says: mount ID, propagation type, and the peer group that it hears (0 for none).

    `maker` is the inode of the mount namespace in which the mount on `box` was made (0 where it is not seen).
    """

    host: str
    box: str
    maker: int
    mount_id: int
    type: str
    peers: int


def _private(outside: Place, treated: bool) -> Iterator[Row]:
    yield from _propagation(outside, treated, "private", False, False)


def _shared(outside: Place, treated: bool) -> Iterator[Row]:
    yield from _propagation(outside, treated, "shared", True, True)


def _slave(outside: Place, treated: bool) -> Iterator[Row]:
    yield from _propagation(outside, treated, "slave", True, False)


def _unbindable(outside: Place, treated: bool) -> Iterator[Row]:
    yield from _propagation(outside, treated, "unbindable", False, False)


def _propagation(outside: Place, treated: bool, kind: str, arrives: bool, leaves: bool) -> Iterator[Row]:
    """Mount something on either side of a mount of this propagation type; `arrives`, `leaves`: who is to see it."""
    ns_before = outside.ns["mnt"]
    # The mount starts with another type than the one it is to have, so that a change that was not made is seen.
    bound_before = outside.call(_make_parent, "private" if arrives else "shared")
    # The side that is to hear without being heard makes the shared mount a slave.
    before = outside.call(_set_type, "shared" if kind == "slave" else kind)
    with outside.sandbox(mnt=treated, propagation="unchanged" if treated else None) as box:
        if kind == "slave":
            box.call(_set_type, kind)
        outside.call(_mount_marked, f"{TOP}/parent/host")
        inside = box.call(_mount_and_view)
        after = outside.call(_view)
        yield own_namespace("mnt", ns_before, inside.maker, outside.ns["mnt"])
        if kind == "unbindable":
            # Inside is not asked: on some kernels the copy that a new namespace gets is unbindable as well, on others
            # it is not.
            bound = outside.call(_bind_parent)
            yield Row("unbindable-bind", "unbindable: a bind mount of it, before and after it is made so", bound_before,
                      NOT_ASKED, bound, Exactly("ok", NOT_ASKED, "EINVAL"), decisive=False)  # fmt: skip
    # The side that mounts is asked, too: a mount that was never made must not be taken for one that did not arrive.
    yield Row(f"{kind}-in", f"{kind}: a mount made on the host", before.host, inside.host, after.host,
              Exactly("not seen", _words(arrives), "seen", _meaning(arrives)), decisive=not arrives)  # fmt: skip
    yield Row(f"{kind}-out", f"{kind}: a mount made inside", before.box, inside.box, after.box,
              Exactly("not seen", "seen", _words(leaves), _meaning(leaves)), decisive=not leaves)  # fmt: skip
    here = "shared" if kind == "slave" else kind
    if kind != "unbindable":
        yield Row(f"{kind}-type", f"{kind}: propagation type of the mount", before.type, inside.type, after.type,
                  Exactly(here, kind, here), decisive=kind == "slave")  # fmt: skip
    label = f"{kind}: mount ID, since each side has a mount of its own"
    yield Row(f"{kind}-id", label, before.mount_id, inside.mount_id, after.mount_id, varies=True)
    if arrives:
        # Without a namespace of its own there is no other side to hear from, and a slave becomes private.
        yield Row(f"{kind}-peers", f"{kind}: number of the peer group that is heard", before.peers, inside.peers,
                  after.peers, Same(), decisive=kind == "slave", varies=True)  # fmt: skip


def _words(crosses: bool) -> str:
    return "seen" if crosses else "not seen"


def _meaning(crosses: bool) -> str:
    return f"{_words(crosses)} on the other side"


def _make_parent(kind: str) -> str:
    """Mount a tmpfs of this propagation type at TOP, and on it another one, `parent`, which takes over the type
    (mount_namespaces(7)) and has two directories to mount on. Return what a bind mount of `parent` says.
    """
    mount.mount("nslab", TOP, "tmpfs")
    mount.set_propagation(TOP, kind)
    for name in ("parent", "other"):
        files.mkdir(f"{TOP}/{name}")
    mount.mount("nslab", f"{TOP}/parent", "tmpfs")
    for name in ("host", "box"):
        files.mkdir(f"{TOP}/parent/{name}")
    return _bind_parent()


def _set_type(kind: str) -> _View:
    mount.set_propagation(f"{TOP}/parent", kind)
    return _view()


def _mount_and_view() -> _View:
    _mount_marked(f"{TOP}/parent/box")
    return _view()


def _bind_parent() -> str:
    """What mount(2) says of a bind mount of `parent`, which is taken away again."""
    said = answer(mount.mount, f"{TOP}/parent", f"{TOP}/other", None, int(MountFlag.MS_BIND))
    if said == "ok":
        mount.umount(f"{TOP}/other")
    return said


def _view() -> _View:
    host, box = (_words(_look(f"{TOP}/parent/{name}") == "there") for name in ("host", "box"))
    maker = int(files.read(f"{TOP}/parent/box/{MARK}")) if box == "seen" else 0
    return _View(host, box, maker, *_peers(files.read("/proc/self/mountinfo"), f"{TOP}/parent"))


def _peers(mountinfo: str, path: str) -> tuple[int, str, int]:
    """Mount ID, propagation type and peer group of the mount at `path` (proc_pid_mountinfo(5))."""
    for line in filter(None, mountinfo.split("\n")):
        number, _, _, _, point, _, *rest = line.split(" ")
        if point == path:
            optional = dict(field.partition(":")[::2] for field in rest[: rest.index("-")])
            kind = "slave" if "master" in optional else next(iter(optional), "private")
            return int(number), kind, int(optional.get("master", optional.get("shared", "0")))
    raise FileNotFoundError(f"nothing is mounted at {path}")


# -- bind mounts and overlayfs ---------------------------------------------------------------------------


def _bind(outside: Place, treated: bool) -> Iterator[Row]:
    ns_before = outside.ns["mnt"]
    outside.call(_make_parent, "private")
    outside.call(_mark, f"{TOP}/parent")
    before = outside.call(_look, f"{TOP}/other")
    with outside.sandbox(mnt=treated) as box:
        box.call(mount.mount, f"{TOP}/parent", f"{TOP}/other", None, int(MountFlag.MS_BIND))
        inside, after = box.call(_look, f"{TOP}/other"), outside.call(_look, f"{TOP}/other")
        yield own_namespace("mnt", ns_before, box.ns["mnt"], outside.ns["mnt"])
    yield Row("bind", "a directory bound onto another: the file in it", before, inside, after,
              Exactly("absent", "there", "absent", "differs inside, unchanged on the host"))  # fmt: skip


def _overlay(outside: Place, treated: bool) -> Iterator[Row]:
    ns_before = outside.ns["mnt"]
    outside.call(_make_layers)
    before = outside.call(_layers)
    with outside.sandbox(mnt=treated) as box:
        refused = box.call(_mount_overlay)
        if refused != "ok":
            raise Unsupported(
                "overlayfs", f"mount(2) answers {refused}", "use Linux 5.11 or newer with CONFIG_OVERLAY_FS: vagrant up"
            )
        # Appended, so that the old text, which is copied up first, is seen in the upper layer, too.
        box.call(_append, f"{TOP}/merged/file", "+new")
        inside, after = box.call(_layers), outside.call(_layers)
        yield own_namespace("mnt", ns_before, box.ns["mnt"], outside.ns["mnt"])
    yield Row("overlay-merged", "overlay: the merged file", before["merged"], inside["merged"], after["merged"],
              Exactly("absent", "old+new", "absent", "differs inside, unchanged on the host"))  # fmt: skip
    yield Row("overlay-upper", "overlay: the upper layer's file", before["upper"], inside["upper"], after["upper"],
              Exactly("absent", "old+new", "old+new", "the write is a copy in the upper layer"),
              decisive=False)  # fmt: skip
    yield Row("overlay-lower", "overlay: the lower layer's file", before["lower"], inside["lower"], after["lower"],
              Exactly("old", "old", "old", "the lower layer is untouched"), decisive=False)  # fmt: skip


def _make_layers() -> None:
    mount.mount("nslab", TOP, "tmpfs")
    for name in ("lower", "upper", "work", "merged"):
        files.mkdir(f"{TOP}/{name}")
    _append(f"{TOP}/lower/file", "old")


def _mount_overlay() -> str:
    layers = f"lowerdir={TOP}/lower,upperdir={TOP}/upper,workdir={TOP}/work"
    return answer(mount.mount, "nslab", f"{TOP}/merged", "overlay", 0, f"{layers},userxattr")


def _append(path: str, text: str) -> None:
    with open(path, "a") as f:
        f.write(text)


def _layers() -> dict[str, str]:
    found = {}
    for name in ("lower", "upper", "merged"):
        path = f"{TOP}/{name}/file"
        found[name] = files.read(path) if os.path.exists(path) else "absent"
    return found


# -- chroot and pivot_root -------------------------------------------------------------------------------

_Directory = tuple[int, int]
"""What identifies a directory, whatever its path is: device and inode (stat(2))."""


def _jails(outside: Place, treated: bool) -> Iterator[Row]:
    ns_before = outside.ns["mnt"]
    known = outside.call(_build_jail)
    before = outside.call(_directory, "/")
    with outside.sandbox(mnt=treated) as box:
        fled = box.call(_in_chroot)
        pivoted, held = box.call(_in_pivot_root)
        after = outside.call(_directory, "/")
        yield own_namespace("mnt", ns_before, box.ns["mnt"], outside.ns["mnt"])

    def name(directory: _Directory) -> str:
        return known.get(directory, "elsewhere")

    escape = "the root directory before, during and after the classic escape"
    yield Row("chroot-escape", f"chroot: {escape}", NOT_ASKED, tuple(map(name, fled)), NOT_ASKED,
              Is(("jail", "jail/deeper", "host")), decisive=False)  # fmt: skip
    yield Row("pivot-escape", f"pivot_root: {escape}", NOT_ASKED, tuple(map(name, held)), NOT_ASKED,
              Is(("jail", "jail/deeper", "jail")), decisive=False)  # fmt: skip
    yield Row("pivot-root", "pivot_root: / as the host sees it", name(before), name(pivoted), name(after),
              Exactly("host", "jail", "host", "differs inside, unchanged on the host"))  # fmt: skip


def _build_jail() -> Mapping[_Directory, str]:
    """Make a jail on a mount of its own; return the directories that may become a root directory, with the host's names
    for them.
    """
    mount.mount("nslab", TOP, "tmpfs")
    files.mkdir(f"{TOP}/jail")
    mount.mount("nslab", f"{TOP}/jail", "tmpfs")
    for name in ("old", "deeper", "start"):
        files.mkdir(f"{TOP}/jail/{name}")
    names = {"host": "/", "jail": f"{TOP}/jail", "jail/deeper": f"{TOP}/jail/deeper"}
    return {_directory(path): name for name, path in names.items()}


def _directory(path: str) -> _Directory:
    s = os.stat(path)
    return s.st_dev, s.st_ino


def _in_chroot() -> tuple[_Directory, ...]:
    roots.chroot(f"{TOP}/jail")
    os.chdir("/")
    return _escape()


def _in_pivot_root() -> tuple[_Directory, tuple[_Directory, ...]]:
    mount.pivot_root(f"{TOP}/jail", f"{TOP}/jail/old")
    os.chdir("/")
    mount.umount("/old", lazy=True)
    return _directory("/"), _escape()


def _escape() -> tuple[_Directory, ...]:
    """A second chroot leaves the working directory outside of the new root; from there `..` has no wall (chroot(2)).

    Return the root directory before it, after the second chroot, and in the end. Without the walk that is "start".
    """
    first = _directory("/")
    os.chdir("/start")
    roots.chroot("/deeper")
    second = _directory("/")
    for _ in range(64):
        os.chdir("..")
    roots.chroot(".")
    return first, second, _directory("/")


PARTS = (
    Part("tmpfs", "a filesystem that only the inside sees", _tmpfs),
    Part("private", "private: neither hears of the other", _private, standin=True),
    Part("shared", "shared: both hear", _shared, standin=True),
    Part("slave", "slave: it hears and is not heard", _slave, standin=True),
    Part("unbindable", "unbindable: private, and not to be bound", _unbindable, standin=True),
    Part("bind", "one directory in two places", _bind, standin=True),
    Part("overlay", "copy-up: a write goes to the upper layer", _overlay, standin=True),
    Part("jails", "chroot is no jail, pivot_root is", _jails, standin=True),
)
