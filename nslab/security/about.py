"""What is said of a subject of this room, once, in its folder's about.py."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class About:
    """A subject: its `name`, its `place` in the course, its `lesson`; `does` says what it is for.

    `kconfig`: with which symbols of Kconfig a kernel has it.
    """

    name: str
    place: int
    lesson: str
    does: str
    kconfig: tuple[str, ...]
