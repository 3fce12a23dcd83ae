"""A writable layer over an image that is not written to (overlayfs: Documentation/filesystems/overlayfs.rst)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from nslab.course.checking import look
from nslab.course.checking.container import Step, release, root_of
from nslab.course.checking.look import Process
from nslab.course.checking.outcome import Finding
from nslab.course.checking.scene import Scene
from nslab.linux import files

PROBE = ".nslab-probe"
OVERLAY = (
    "Which file system shows one directory over another, and writes to the upper one?",
    "overlay takes lowerdir, upperdir and workdir. The last two are directories of one file system, such as a tmpfs.",
    "mount -t overlay -o lowerdir=IMAGE,upperdir=U,workdir=W overlay MERGED; MERGED is what becomes the root.",
)
WRITE = (
    "Without an upperdir an overlay is read-only.",
    "upperdir=… and workdir=…, on the same file system, and both writable.",
)


class Task(Step):
    """A file that is made at its root for a moment tells where what is written goes."""

    place = 5
    namespaces = ("mnt",)

    def look_at(self, inside: Process, scene: Scene) -> Iterator[Finding]:
        at = next((each for each in reversed(look.mounts(inside.pid)) if each.point == "/"), None)
        image, fstype = release(root_of(inside.pid)), at.fstype if at else "none of its own"
        right = fstype == "overlay" and image == "nslab"
        yield Finding("overlay", f"the file system at / of process {inside.pid}", "overlay over the image",
                      f"{fstype}, of {image}", right, OVERLAY)  # fmt: skip
        said, to_image = written(root_of(inside.pid), scene.notes["directory"])
        yield Finding("write", "a file that is made at its /", "made", said, said == "made", WRITE)
        yield Finding("image", "the same file in the image", "not there", to_image, to_image == "not there", OVERLAY)


def written(root: str, directory: str) -> tuple[str, str]:
    """Make a file there for a moment: what came of it, and whether the image has it."""
    try:
        Path(root, PROBE).touch()
    except OSError as e:
        return e.strerror or "refused", "not there"
    try:
        return "made", "there" if os.path.exists(f"{directory}/rootfs/{PROBE}") else "not there"
    finally:
        files.unlink(f"{root}/{PROBE}")
