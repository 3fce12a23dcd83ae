"""Mount namespaces: a list of mounts of one's own (mount_namespaces(7))."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from nslab.errors import Unsupported, checked_whole
from nslab.evidence import ISOLATED, UNTOUCHED, Evidence, Expect, Row, inside_is
from nslab.lab.place import Place
from nslab.linux import files, mount
from nslab.linux.flags import CloneFlag
from nslab.linux.libc import answer
from nslab.linux.mount import MountFlag
from nslab.namespaces.experiment import Part, run

CLAIM = "What is mounted in a mount namespace of one's own is not mounted on the host, unless the two agreed to share."
TOP = "/mnt"
"""Where the experiments mount their own tmpfs; everything they make lies in it and goes with the namespace."""
MARK = "nslab-was-here"
CROSSES = Expect("seen on the other side", lambda b, i, a: "not seen" not in (i, a))
STAYS = Expect("not seen on the other side", lambda b, i, a: "not seen" in (i, a))


def demo(size: int = 1, only: str | Sequence[str] | None = None) -> Evidence:
    """Mount things on both sides of a mount namespace, and look who sees them.

    `size`: of the tmpfs in the part "tmpfs", in MiB, 1 to 64. `only`: the names of PARTS to run. Nothing is
    mounted on the host. Raises TypeError, ValueError, `nslab.Unsupported`. Source: mount_namespaces(7).
    """
    size = checked_whole("size", size, 1, 64, "MiB")
    return run("mnt", CLAIM, PARTS, only, {"size": size}, standin={"mnt": True})


def panel() -> Any:
    """Return the same experiment as a panel: choose a part, guess, run it, and compare. Source: namespaces(7)."""
    from nslab.namespaces.panel import panel

    return panel("mnt")


# -- a filesystem that only the inside sees --------------------------------------------------------------


def _tmpfs(outside: Place, isolated: bool, options: Mapping[str, Any]) -> Iterator[Row]:
    before = outside.call(_look, TOP)
    size = outside.call(_size, TOP)
    with outside.sandbox(mnt=isolated) as box:
        box.call(_mount_marked, TOP, options["size"])
        inside, inside_size = box.call(_look, TOP), box.call(_size, TOP)
        after, after_size = outside.call(_look, TOP), outside.call(_size, TOP)
    yield Row(f"a file in a tmpfs on {TOP}", before, inside, after, ISOLATED)
    yield Row(f"size of the filesystem at {TOP}, in MiB", size, inside_size, after_size, ISOLATED, varies=True)


def _mount_marked(path: str, size: int = 1) -> None:
    """Mount a tmpfs of `size` MiB and put a file into it."""
    mount.mount("nslab", path, "tmpfs", MountFlag.MS_NOSUID | MountFlag.MS_NODEV, f"size={size}m")
    open(f"{path}/{MARK}", "w").close()


def _look(path: str) -> str:
    return "there" if os.path.exists(f"{path}/{MARK}") else "absent"


def _size(path: str) -> int:
    s = os.statvfs(path)
    return s.f_blocks * s.f_frsize // (1 << 20)


# -- propagation -----------------------------------------------------------------------------------------


def _propagation(kind: str, in_crosses: bool, out_crosses: bool) -> Any:
    def observe(outside: Place, isolated: bool, options: Mapping[str, Any]) -> Iterator[Row]:
        # A slave is made from a shared mount, by the side that wants to hear and not to be heard.
        outside.call(_make_parent, "shared" if kind == "slave" else kind)
        with outside.sandbox(mnt=isolated, propagation="unchanged" if isolated else None) as box:
            if kind == "slave" and isolated:
                box.call(mount.set_propagation, f"{TOP}/parent", "slave")
            outside.call(_mount_marked, f"{TOP}/parent/host")
            seen_inside = _seen(box, "host")
            box.call(_mount_marked, f"{TOP}/parent/box")
            seen_outside = _seen(outside, "box")
        arrives, leaves = (CROSSES if crosses else STAYS for crosses in (in_crosses, out_crosses))
        yield Row(f"{kind}: a mount made on the host", "–", seen_inside, "–", arrives, decisive=not in_crosses)
        yield Row(f"{kind}: a mount made inside", "–", "–", seen_outside, leaves, decisive=not out_crosses)
        if kind == "unbindable":
            refused = outside.call(answer, mount.mount, f"{TOP}/parent", f"{TOP}/other", None, int(MountFlag.MS_BIND))
            yield Row("unbindable: a bind mount of it", "–", refused, "–", inside_is("EINVAL"), decisive=False)

    return observe


def _make_parent(kind: str) -> None:
    """A tmpfs at TOP with a mount `parent` of the given propagation type, which holds two places to mount on."""
    mount.mount("nslab", TOP, "tmpfs")
    for name in ("parent", "other"):
        os.mkdir(f"{TOP}/{name}")
    mount.mount("nslab", f"{TOP}/parent", "tmpfs")
    mount.set_propagation(f"{TOP}/parent", kind)
    for name in ("host", "box"):
        os.mkdir(f"{TOP}/parent/{name}")


def _seen(place: Place, name: str) -> str:
    return "seen" if place.call(_look, f"{TOP}/parent/{name}") == "there" else "not seen"


# -- bind mounts and overlayfs ---------------------------------------------------------------------------


def _bind(outside: Place, isolated: bool, options: Mapping[str, Any]) -> Iterator[Row]:
    outside.call(_make_parent, "private")
    outside.call(_mark, f"{TOP}/parent")
    before = outside.call(_look, f"{TOP}/other")
    with outside.sandbox(mnt=isolated) as box:
        box.call(mount.mount, f"{TOP}/parent", f"{TOP}/other", None, int(MountFlag.MS_BIND))
        inside, after = box.call(_look, f"{TOP}/other"), outside.call(_look, f"{TOP}/other")
    yield Row("a directory bound onto another: the file in it", before, inside, after, ISOLATED)


def _mark(path: str) -> None:
    open(f"{path}/{MARK}", "w").close()


def _overlay(outside: Place, isolated: bool, options: Mapping[str, Any]) -> Iterator[Row]:
    outside.call(_make_layers)
    before = outside.call(_layers)
    with outside.sandbox(mnt=isolated) as box:
        refused = box.call(_mount_overlay)
        if refused != "ok":
            raise Unsupported(
                "overlayfs", f"mount(2) answers {refused}", "use Linux 5.11 or newer with CONFIG_OVERLAY_FS: vagrant up"
            )
        inside, after = box.call(_layers), outside.call(_layers)
    yield Row("overlay: the merged file", before["merged"], inside["merged"], after["merged"], ISOLATED)
    written = Expect("the write is a copy in the upper layer", lambda b, i, a: (b, i, a) == ("absent", "new", "new"))
    yield Row(
        "overlay: the upper layer's file", before["upper"], inside["upper"], after["upper"], written, decisive=False
    )
    kept = Expect("the lower layer is untouched", lambda b, i, a: b == i == a == "old")
    yield Row("overlay: the lower layer's file", before["lower"], inside["lower"], after["lower"], kept, decisive=False)


def _make_layers() -> None:
    mount.mount("nslab", TOP, "tmpfs")
    for name in ("lower", "upper", "work", "merged"):
        os.mkdir(f"{TOP}/{name}")
    with open(f"{TOP}/lower/file", "w") as f:
        f.write("old")


def _mount_overlay() -> str:
    layers = f"lowerdir={TOP}/lower,upperdir={TOP}/upper,workdir={TOP}/work"
    done = answer(mount.mount, "nslab", f"{TOP}/merged", "overlay", 0, f"{layers},userxattr")
    if done == "ok":
        with open(f"{TOP}/merged/file", "w") as f:
            f.write("new")
    return done


def _layers() -> dict[str, str]:
    found = {}
    for name in ("lower", "upper", "merged"):
        path = f"{TOP}/{name}/file"
        found[name] = files.read(path) if os.path.exists(path) else "absent"
    return found


# -- chroot and pivot_root -------------------------------------------------------------------------------


def _jails(outside: Place, isolated: bool, options: Mapping[str, Any]) -> Iterator[Row]:
    flags = (CloneFlag.CLONE_NEWNS,) if isolated else ()
    outside.call(_build_jail)
    fled = outside.clone(_in_chroot, *flags, stream=False).result()
    yield Row("chroot: the classic escape", "–", fled, "–", inside_is("escaped"), decisive=False)
    before = outside.call(_whose_root)
    held = outside.clone(_in_pivot_root, *flags, stream=False).result()
    yield Row("pivot_root: the same escape", "–", held, "–", inside_is("held"), decisive=False)
    after = outside.call(_whose_root)
    yield Row("pivot_root: / as the host sees it", before, "the jail", after, UNTOUCHED)


def _build_jail() -> None:
    mount.mount("nslab", TOP, "tmpfs")
    os.mkdir(f"{TOP}/jail")
    _mount_marked(f"{TOP}/jail")
    os.mkdir(f"{TOP}/jail/old")


def _whose_root() -> str:
    return "the jail" if os.path.exists(f"/{MARK}") else "the host's"


def _in_chroot() -> str:
    os.chroot(f"{TOP}/jail")
    os.chdir("/")
    return _escape()


def _in_pivot_root() -> str:
    mount.pivot_root(f"{TOP}/jail", f"{TOP}/jail/old")
    os.chdir("/")
    mount.umount("/old", lazy=True)
    return _escape()


def _escape() -> str:
    """A second chroot leaves the working directory outside of the new root; from there `..` has no wall (chroot(2))."""
    os.makedirs("/deeper", exist_ok=True)
    os.chroot("/deeper")
    for _ in range(64):
        os.chdir("..")
    os.chroot(".")
    return "held" if _whose_root() == "the jail" else "escaped"


PARTS = (
    Part("tmpfs", "a filesystem that only the inside sees", _tmpfs, options=("size",)),
    Part("private", "private: neither hears of the other", _propagation("private", False, False), standin=True),
    Part("shared", "shared: both hear", _propagation("shared", True, True), standin=True),
    Part("slave", "slave: it hears and is not heard", _propagation("slave", True, False), standin=True),
    Part(
        "unbindable", "unbindable: private, and not to be bound", _propagation("unbindable", False, False), standin=True
    ),
    Part("bind", "one directory in two places", _bind, standin=True),
    Part("overlay", "copy-up: a write goes to the upper layer", _overlay, standin=True),
    Part("jails", "chroot is no jail, pivot_root is", _jails, standin=True),
)
