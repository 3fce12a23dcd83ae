"""Masked and read-only paths (OCI runtime specification, config-linux.md; mount(8), "Bind mounts")."""

from __future__ import annotations

from collections.abc import Iterator

from nslab.course.checking import look
from nslab.course.checking.exercise import Exercise
from nslab.course.checking.outcome import Finding
from nslab.course.checking.scene import Scene
from nslab.course.checking.stage import Stage
from nslab.linux import files, mountinfo

MASKED, SETTINGS, ONE = "/proc/interrupts", "/proc/sys", "/proc/sys/kernel/hostname"
EMPTY = (
    "Permissions do not stop root. What can lie on a file, so that its text is not seen?",
    "A bind mount of a file that is always empty, in the mount namespace of the sandbox.",
    "nslab enter image-cover.guest mount --bind /dev/null /proc/interrupts",
)
READ_ONLY = (
    "A directory becomes read-only by its mount. Is /proc/sys a mount of its own?",
    "Bind it onto itself, and it is; then that mount can be made read-only.",
    "In the sandbox: mount --bind /proc/sys /proc/sys, then mount -o remount,bind,ro /proc/sys.",
)
READ = ("It is covered, and so cannot be read. A mount that is read-only shows what lies there.",
        "umount /proc/sys in the sandbox; then bind it onto itself, and remount that read-only.")  # fmt: skip
MACHINE = ("The machine's own /proc is covered. Whoever has mounted it there takes it off: umount.",)


class Task(Exercise):
    """The check reads the sandbox's list of mounts, and the files as they are seen from its root."""

    lesson = "18"
    place = 3
    kind = "mend"
    namespaces = ("mnt",)

    def scene(self, stage: Stage) -> None:
        stage.sandbox("guest", mnt=True)

    def check(self, scene: Scene) -> Iterator[Finding]:
        pid = scene.pid("guest")
        mounts, root = look.mounts(pid), f"/proc/{pid}/root"
        lines = len(files.read(root + MASKED).splitlines())
        yield Finding("masked", f"lines in {MASKED} as the sandbox sees it", "0", str(lines), lines == 0, EMPTY)
        top = _top(mounts, SETTINGS)
        how = "no mount of its own" if top is None else "read-only" if _is_read_only(top) else "writable"
        yield Finding("read-only", f"the mount on {SETTINGS} in the sandbox", "read-only", how, how == "read-only",
                      READ_ONLY)  # fmt: skip
        try:
            seen = "can be read" if files.read(root + ONE) else "is empty"
        except OSError:
            seen = "is not there"
        yield Finding("read", f"{ONE} in the sandbox", "can be read", seen, seen == "can be read", READ)
        own = mountinfo.mounts()
        covered = [path for path in (MASKED, SETTINGS) if _top(own, path) is not None]
        yield Finding("machine", "mounts of the machine on these paths", "none", ", ".join(covered) or "none",
                      not covered, MACHINE)  # fmt: skip


def _top(mounts: list[mountinfo.Mount], path: str) -> mountinfo.Mount | None:
    return next((each for each in reversed(mounts) if each.point == path), None)


def _is_read_only(mount: mountinfo.Mount) -> bool:
    return "ro" in mount.options.split(",")
