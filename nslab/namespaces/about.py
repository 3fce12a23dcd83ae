"""What is said of a namespace type, once, in its folder's about.py."""

from __future__ import annotations

from dataclasses import dataclass

from nslab.linux.flags import CloneFlag


@dataclass(frozen=True)
class About:
    """A namespace type: its `name` as in /proc/PID/ns, its `place` in the course, its `flag` (clone(2)), its `lesson`.

    `unshare` is its option of unshare(1), with what that needs to be of use; `isolates` says what it is about,
    `kconfig` with which symbols of Kconfig a kernel has it.
    """

    name: str
    place: int
    flag: CloneFlag
    lesson: str
    isolates: str
    unshare: str
    kconfig: tuple[str, ...]
