"""What is said of a subject of cgroups, once, in its folder's about.py."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class About:
    """A subject: its `name` (that of a subsystem in /proc/cgroups), its `place` in the course, its `lesson`.

    `does` says what it is for. `in_v2` is the controller's name in v2, None where v2 has no such thing; `core_file` is
    the file by which each cgroup of v2 below the root has it without a controller. `spare` ranks the subsystems with
    which an experiment may mount a hierarchy of its own, where nobody has mounted them: those that few machines use, or
    that v1 alone has. 0 means never. `kconfig`: with which symbols of Kconfig a kernel has it.
    """

    name: str
    place: int
    lesson: str
    does: str
    kconfig: tuple[str, ...]
    in_v2: str | None = None
    core_file: str = ""
    spare: int = 0
    subsystem: bool = True
