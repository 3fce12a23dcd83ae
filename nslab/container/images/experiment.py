"""Images and root file systems: what a container changes of an image, and what it is not shown of the machine.

Sources: the kernel's document "Overlay Filesystem", the OCI image specification (layer.md), the OCI runtime
specification (config-linux.md, "Masked Paths", "Readonly Paths").
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import stat
import tarfile
from collections.abc import Callable, Iterator, Sequence

from nslab.container import image, inside, profile
from nslab.errors import Unsupported, checked_whole
from nslab.experiment import run as runner
from nslab.experiment.evidence import Evidence, Row
from nslab.experiment.expect import NOT_ASKED, Exactly, Is, OneOf, OnlyInside
from nslab.experiment.parts import Part
from nslab.kernels.elsewhere import elsewhere
from nslab.lab.client.host import host
from nslab.lab.client.place import Place
from nslab.lab.power import privilege
from nslab.linux import files, mount, tree
from nslab.linux.libc import answer
from nslab.linux.mount import MountFlag

CLAIM = "What a container changes of its image lies in a layer of its own, and what is covered it cannot reach."
TOP = "/mnt"
"""Where the experiments mount their own tmpfs; everything they make lies in it and goes with the namespace."""
IMAGE, UPPER, WORK, ROOT, DEV = (f"{TOP}/{name}" for name in ("image", "upper", "work", "root", "dev"))
MASKED = "/proc/interrupts"
SETTING = "/proc/sys/net/ipv4/ip_forward"
"""A setting of the network namespace, which who owns that may write (and nobody's machine is touched)."""


@elsewhere
def demo(size: int = 4, only: str | Sequence[str] | None = None) -> Evidence:
    """Change files of an image through an overlay and without one, unpack images, and cover paths.

    `size`: of the image's big file, in MiB, 1 to 64. `only`: the names of PARTS to run. Nothing is mounted or
    written on the host. Raises TypeError, ValueError, `nslab.Unsupported`.
    """
    size = checked_whole("size", size, 1, 64, "MiB")
    with host().sandbox() as base:
        # Once, below the fork server, and not in each process of the experiment.
        base.load(__name__)

        @contextlib.contextmanager
        def stage(part: Part, treated: bool) -> Iterator[Sequence[Place]]:
            # The image lies in a mount namespace that stands in for the host, in both runs.
            with base.sandbox(mnt=True) as place:
                yield (place,)

        return runner.run("nslab.container.images", CLAIM, PARTS, only, {"size": size}, stage=stage, standin=True,
                          measures=False)  # fmt: skip


# -- layers ----------------------------------------------------------------------------------------------


def _copy_up(outside: Place, treated: bool, *, size: int) -> Iterator[Row]:
    outside.call(_make_image, size)
    before = outside.call(_copies)
    with outside.sandbox(mnt=True) as box:
        box.call(_take_root, treated)
        box.call(_append, f"{ROOT}/motd", "+new")
        box.call(tree.chmod, f"{ROOT}/big", 0o600)
        read = box.call(files.read, f"{ROOT}/read")
        seen, image_seen = box.call(_both, _text, "motd")
        after = outside.call(_copies)
    yield Row("motd", "a file that the container appends to: in the image, in the container, in the image",
              before["motd"], seen, after["motd"],
              Exactly("old", "old+new", "old", "changed in the container, unchanged in the image"))  # fmt: skip
    yield Row("motd-image", "the image's file, as the container sees it then", NOT_ASKED, image_seen, NOT_ASKED,
              Is("old"))  # fmt: skip
    yield Row("motd-upper", "the same file in the upper layer, before and after", before["upper motd"], NOT_ASKED,
              after["upper motd"], Exactly("absent", NOT_ASKED, "old+new", "the whole file is copied up"))  # fmt: skip
    yield Row("big-upper", "MiB of the upper layer that the big file takes, after a chmod", before["upper big"],
              NOT_ASKED, after["upper big"], Exactly(0, NOT_ASKED, size, "a new mode copies all of it"))  # fmt: skip
    yield Row("read-upper", "a file that is only read, in the upper layer", before["upper read"], read,
              after["upper read"], Exactly("absent", "old", "absent", "what is read is not copied"),
              decisive=False)  # fmt: skip


def _make_image(size: int = 1) -> None:
    """An image with three files and a directory; beside it what an overlay needs."""
    mount.mount("nslab", TOP, "tmpfs")
    for path in (IMAGE, UPPER, WORK, ROOT, f"{IMAGE}/etc"):
        files.mkdir(path)
    for name in ("motd", "read"):
        _append(f"{IMAGE}/{name}", "old")
    for name in ("hosts", "passwd"):
        _append(f"{IMAGE}/etc/{name}", "old")
    with open(f"{IMAGE}/big", "wb") as big:
        big.write(bytes(size << 20))


def _take_root(treated: bool) -> None:
    """Mount the image as a root: below an overlay, or in the control as it is. Raises Unsupported."""
    if not treated:
        mount.mount(IMAGE, ROOT, None, MountFlag.MS_BIND)
        return
    # Root over the machine marks in attributes that an ordinary user may not write; he says so, and has others.
    own = "" if privilege.is_over_the_machine() else ",userxattr"
    options = f"lowerdir={IMAGE},upperdir={UPPER},workdir={WORK},metacopy=off{own}"
    refused = answer(mount.mount, "nslab", ROOT, "overlay", 0, options)
    if refused != "ok":
        raise Unsupported(
            "overlayfs", f"mount(2) answers {refused}", "use Linux 5.11 or newer with CONFIG_OVERLAY_FS: vagrant up"
        )


def _append(path: str, text: str) -> None:
    with open(path, "a") as f:
        f.write(text)


def _copies() -> dict[str, str | int]:
    """The texts of the image and of the upper layer, and how much of the disk the big file takes there."""
    big = f"{UPPER}/big"
    return {
        "motd": files.read(f"{IMAGE}/motd"),
        "upper motd": _text(f"{UPPER}/motd"),
        "upper read": _text(f"{UPPER}/read"),
        "upper big": os.stat(big).st_blocks * 512 >> 20 if os.path.exists(big) else 0,
    }


def _both(look: Callable[[str], str], name: str) -> tuple[str, str]:
    """What is seen of a name in the container's root, and in the image."""
    return look(f"{ROOT}/{name}"), look(f"{IMAGE}/{name}")


def _text(path: str) -> str:
    return files.read(path) if os.path.exists(path) else "absent"


def _whiteout(outside: Place, treated: bool) -> Iterator[Row]:
    outside.call(_make_image)
    before, upper_before = outside.call(_there, f"{IMAGE}/motd"), outside.call(_kind, f"{UPPER}/motd")
    with outside.sandbox(mnt=True) as box:
        box.call(_take_root, treated)
        box.call(files.unlink, f"{ROOT}/motd")
        seen, image_seen = box.call(_both, _there, "motd")
        after, upper_after = outside.call(_there, f"{IMAGE}/motd"), outside.call(_kind, f"{UPPER}/motd")
    yield Row("removed", "a file that the container removes: in the image, in the container, in the image", before,
              seen, after, Exactly("there", "absent", "there", "gone in the container, the image has it"))  # fmt: skip
    yield Row("removed-image", "whether the image has it, as the container sees it then", NOT_ASKED, image_seen,
              NOT_ASKED, Is("there"))  # fmt: skip
    yield Row("whiteout", "what the upper layer has in its place, before and after", upper_before, NOT_ASKED,
              upper_after, Exactly("absent", NOT_ASKED, "character device 0, 0", "a whiteout: not here"))  # fmt: skip


def _there(path: str) -> str:
    return "there" if os.path.exists(path) else "absent"


def _kind(path: str) -> str:
    """What lies at a path, as ls -l shows it."""
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return "absent"
    if stat.S_ISCHR(found.st_mode):
        return f"character device {os.major(found.st_rdev)}, {os.minor(found.st_rdev)}"
    return "directory" if stat.S_ISDIR(found.st_mode) else "regular file"


def _opaque(outside: Place, treated: bool) -> Iterator[Row]:
    outside.call(_make_image)
    before, mark_before = outside.call(_names, f"{IMAGE}/etc"), outside.call(_mark, f"{UPPER}/etc")
    with outside.sandbox(mnt=True) as box:
        box.call(_take_root, treated)
        said = box.call(_make_anew, f"{ROOT}/etc")
        if said != "ok":
            why = f"mkdir(2) answers {said}: the upper layer's file system keeps no attributes of a user's"
            raise Unsupported("an opaque directory", why, "use Linux 6.6 or newer, or be root")
        seen, image_seen = box.call(_both, _names, "etc")
        after, mark_after = outside.call(_names, f"{IMAGE}/etc"), outside.call(_mark, f"{UPPER}/etc")
    yield Row("renewed", "a directory that the container removes and makes anew: what is in it", before, seen, after,
              Exactly("hosts passwd", "new", "hosts passwd", "the image's does not shine through"))  # fmt: skip
    yield Row("renewed-image", "what is in the image's, as the container sees it then", NOT_ASKED, image_seen,
              NOT_ASKED, Is("hosts passwd"))  # fmt: skip
    yield Row("opaque", "its attribute overlay.opaque in the upper layer, before and after", mark_before, NOT_ASKED,
              mark_after, Exactly("absent", NOT_ASKED, "y", "it hides what lies below"))  # fmt: skip


def _make_anew(directory: str) -> str:
    """Remove a directory with its files, and make another of its name; the kernel's answer to that."""
    shutil.rmtree(directory)
    said = answer(files.mkdir, directory)
    if said == "ok":
        _append(f"{directory}/new", "new")
    return said


def _names(directory: str) -> str:
    return " ".join(sorted(os.listdir(directory)))


def _mark(directory: str) -> str:
    kind = "trusted" if privilege.is_over_the_machine() else "user"
    try:
        return os.getxattr(directory, f"{kind}.overlay.opaque").decode()
    except OSError:
        return "absent"


# -- layers as they are sent -----------------------------------------------------------------------------

FIRST = {"motd": "old", "etc/hosts": "old", "etc/passwd": "old"}
SECOND = {".wh.motd": "", "etc/.wh..wh..opq": "", "etc/new": "new"}
"""Two layers of an image; in the second one a file is removed, and a directory made anew (layer.md, "Whiteouts")."""


def _unpacked(outside: Place, treated: bool) -> Iterator[Row]:
    outside.call(mount.mount, "nslab", TOP, "tmpfs")
    unpack = _by_image if treated else _by_tar
    first = outside.call(unpack, f"{TOP}/one", [FIRST])
    both = outside.call(unpack, f"{TOP}/both", [FIRST, SECOND])
    yield Row("tar-removed", "motd after the first layer, after both", first["motd"], both["motd"], NOT_ASKED,
              Exactly("there", "absent", NOT_ASKED, "the second layer removes it"))  # fmt: skip
    yield Row("tar-mark", "a file .wh.motd after the first layer, after both", first[".wh.motd"], both[".wh.motd"],
              NOT_ASKED, Exactly("absent", "absent", NOT_ASKED, "the mark itself is no file"))  # fmt: skip
    yield Row("tar-renewed", "what is in etc after the first layer, after both", first["etc"], both["etc"], NOT_ASKED,
              Exactly("hosts passwd", "new", NOT_ASKED, "the second layer hides the first one's"))  # fmt: skip


def _by_image(directory: str, layers: Sequence[dict[str, str]]) -> dict[str, str]:
    """Unpack the layers as an image of `docker save`."""
    parts = {f"{n}/layer.tar": _tar(each) for n, each in enumerate(layers)}
    parts["config.json"] = b"{}"
    parts["manifest.json"] = json.dumps([{"Config": "config.json", "Layers": list(parts)[:-1]}]).encode()
    with open(f"{directory}.tar", "wb") as out:
        out.write(_tar(parts))
    image.unpack(f"{directory}.tar", directory)
    return _result(directory)


def _by_tar(directory: str, layers: Sequence[dict[str, str]]) -> dict[str, str]:
    """Unpack one layer over the other, as tar(1) does, which knows of no marks."""
    files.mkdir(directory)
    for each in layers:
        _trusting(_tar(each), directory)
    return _result(directory)


def _result(directory: str) -> dict[str, str]:
    there = {name: _there(f"{directory}/{name}") for name in ("motd", ".wh.motd")}
    return {**there, "etc": _names(f"{directory}/etc")}


def _tar(content: dict[str, str] | dict[str, bytes]) -> bytes:
    entries = []
    for name, data in content.items():
        entry = tarfile.TarInfo(name)
        entries.append((entry, data.encode() if isinstance(data, str) else data))
    return _archive(entries)


def _archive(entries: Sequence[tuple[tarfile.TarInfo, bytes]]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for entry, data in entries:
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return out.getvalue()


def _trusting(content: bytes, directory: str) -> None:
    """Unpack a tar and believe its names, as Python did before PEP 706."""
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        archive.extraction_filter = staticmethod(lambda member, _: member)
        archive.extractall(directory)


# -- an image that means harm ----------------------------------------------------------------------------


def _entry(
    name: str, kind: bytes = tarfile.REGTYPE, link: str = "", data: bytes = b""
) -> tuple[tarfile.TarInfo, bytes]:
    entry = tarfile.TarInfo(name)
    entry.type, entry.linkname = kind, link
    return entry, data


OUTSIDE = f"{TOP}/outside"
ATTACKS: dict[str, tuple[str, str, list[tuple[tarfile.TarInfo, bytes]]]] = {
    "symlink": ("a link that leads out, and a file behind it", "unpacked",
                [_entry("way", tarfile.SYMTYPE, OUTSIDE), _entry("way/secret", data=b"theirs")]),
    "upwards": ("a path with ..", "refused", [_entry("../outside/secret", data=b"theirs")]),
    "absolute": ("a whole path", "unpacked", [_entry(f"{OUTSIDE}/secret", data=b"theirs")]),
    "hard-link": ("a second name of a file outside, then its new content", "refused",
                  [_entry("name", tarfile.LNKTYPE, f"{OUTSIDE}/secret"), _entry("name", data=b"theirs")]),
}  # fmt: skip
"""Name → what is tried, what an unpacker that is careful says, and the entries of the tar."""


def _hostile(outside: Place, treated: bool) -> Iterator[Row]:
    outside.call(mount.mount, "nslab", TOP, "tmpfs")
    files_before = outside.call(_make_outside)
    for name, (about, wanted, _) in ATTACKS.items():
        before = files_before
        said = outside.call(_attacked, name, treated)
        after = outside.call(_text, f"{OUTSIDE}/secret")
        files_before = outside.call(_make_outside)
        label = f"{about}: a file beside the directory, what unpacking says, the file"
        yield Row(f"attack-{name}", label, before, said, after,
                  Exactly("mine", wanted, "mine", f"{wanted}, and the file outside is as it was"))  # fmt: skip


def _make_outside() -> str:
    if not os.path.isdir(OUTSIDE):
        files.mkdir(OUTSIDE)
    with open(f"{OUTSIDE}/secret", "w") as f:
        f.write("mine")
    return files.read(f"{OUTSIDE}/secret")


def _attacked(name: str, careful: bool) -> str:
    """Unpack the tar of an attack, with care or without; whether it was taken."""
    content = _archive(ATTACKS[name][2])
    if not careful:
        files.mkdir(f"{TOP}/{name}")
        _trusting(content, f"{TOP}/{name}")
        return "unpacked"
    with open(f"{TOP}/{name}.tar", "wb") as out:
        out.write(content)
    try:
        image.unpack(f"{TOP}/{name}.tar", f"{TOP}/{name}")
    except image.BadImage:
        return "refused"
    return "unpacked"


# -- what is covered -------------------------------------------------------------------------------------


def _masked(outside: Place, treated: bool) -> Iterator[Row]:
    before, kind_before = outside.call(_lines, MASKED), outside.call(_kind, MASKED)
    with outside.sandbox(mnt=True, net=True) as box:
        if treated:
            box.call(inside.cover, [MASKED], ["/proc/sys"])
        lines, kind = box.call(_lines, MASKED), box.call(_kind, MASKED)
        read, written = box.call(files.read, SETTING), box.call(answer, files.write, SETTING, "1")
        after, kind_after = outside.call(_lines, MASKED), outside.call(_kind, MASKED)
    yield Row("masked-lines", f"lines in {MASKED}", before, lines, after, OnlyInside(0, steady=False))
    yield Row("masked-kind", f"what {MASKED} is", kind_before, kind, kind_after,
              Exactly("regular file", "character device 1, 3", "regular file", "/dev/null lies on it"))  # fmt: skip
    yield Row("read-only", f"the answer to a write to {SETTING}", NOT_ASKED, written, NOT_ASKED, Is("EROFS"))
    yield Row("still-read", "and what a read of it says", NOT_ASKED, read, NOT_ASKED, OneOf(("0", "1")), decisive=False)


def _lines(path: str) -> int:
    return len(files.read(path).splitlines())


def _dev(outside: Place, treated: bool) -> Iterator[Row]:
    outside.call(mount.mount, "nslab", TOP, "tmpfs")
    outside.call(files.mkdir, DEV)
    before = outside.call(_count, "/dev")
    with outside.sandbox(mnt=True) as box:
        box.call(_make_dev, treated)
        number, kind, taken = box.call(_count, DEV), box.call(_kind, f"{DEV}/null"), box.call(_null, f"{DEV}/null")
        after = outside.call(_count, "/dev")
    few = len(profile.DEVICES)
    yield Row("dev-count", "files in /dev", before, number, after, OnlyInside(few))
    yield Row("dev-kind", "what /dev/null is", NOT_ASKED, kind, NOT_ASKED, Is("character device 1, 3"), decisive=False)
    yield Row("dev-null", "bytes that /dev/null takes, of 3", NOT_ASKED, taken, NOT_ASKED, Is(3), decisive=False)


def _make_dev(treated: bool) -> None:
    """A /dev with the few devices that a program cannot do without; in the control the machine's own."""
    if not treated:
        mount.mount("/dev", DEV, None, MountFlag.MS_BIND | MountFlag.MS_REC)
        return
    mount.mount("nslab", DEV, "tmpfs", MountFlag.MS_NOSUID)
    for name in profile.DEVICES:
        # Bound, and not made: in a user namespace mknod(2) makes no device.
        tree.touch(f"{DEV}/{name}")
        mount.mount(f"/dev/{name}", f"{DEV}/{name}", None, MountFlag.MS_BIND)


def _count(directory: str) -> int:
    return len(os.listdir(directory))


def _null(path: str) -> int:
    null = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        return os.write(null, b"abc")
    finally:
        os.close(null)


PARTS = (
    Part("copy-up", "what a container writes is a copy in the upper layer", _copy_up, standin=True),
    Part("whiteout", "what it removes is covered by a mark, and not removed", _whiteout, standin=True),
    Part("opaque", "a directory that it makes anew hides the image's", _opaque, standin=True),
    Part("unpack", "a layer that is sent has marks in its names", _unpacked, standin=True),
    Part("hostile", "no image writes outside of its directory", _hostile, standin=True),
    Part("masked", "what no namespace separates is covered, or made read-only", _masked, standin=True),
    Part("dev", "a container has a few devices, and not the machine's", _dev, standin=True),
)
