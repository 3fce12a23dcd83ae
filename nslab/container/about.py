"""What is said of a subject that is a part of a container, once, in its folder's about.py."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class About:
    """A subject: its `name`, its `place` in the course, its `lesson`, and what it `does`.

    `kconfig`: with which symbols of Kconfig a kernel has it.
    """

    name: str
    place: int
    lesson: str
    does: str
    kconfig: tuple[str, ...]
