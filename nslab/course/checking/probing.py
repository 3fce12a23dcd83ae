"""What a check tries out where no file says it: a mount that is made, looked for elsewhere, and taken away again."""

from __future__ import annotations

from nslab.course.checking import look
from nslab.linux import mount, mountinfo


def reaches(pid: int, directory: str, others: list[int]) -> dict[int, bool]:
    """Mount a tmpfs on `directory` in the mount namespace of a process, for a moment; which of the others list it then?

    Raises OSError as mount(2) does, also where the directory is not there.
    """
    return dict(look.inside(pid, ["mnt"], lambda: _mounted(directory, others)))


def _mounted(directory: str, others: list[int]) -> dict[int, bool]:
    mount.mount(MARK, directory, "tmpfs", data="size=4k")
    try:
        return {pid: any(each.source == MARK for each in mountinfo.mounts(pid)) for pid in others}
    finally:
        mount.umount(directory)


MARK = "nslab-probe"
"""The source that such a mount names."""
