"""Whether what is shown is for a room: on the slides of a talk, which are read from its last row."""

from __future__ import annotations

import os

ROOM = {"NSLAB_FOR_A_ROOM": "1"}
"""What is added to the environment of a kernel whose cells are slides."""


def for_a_room() -> bool:
    """Whether this kernel's cells are the slides of a talk."""
    return all(os.environ.get(name) == value for name, value in ROOM.items())
