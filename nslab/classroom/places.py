"""Where a class keeps what: nothing of it lies where a learner can write."""

from __future__ import annotations

from pathlib import Path

from nslab.course.checking import asking

SETTINGS = Path("/etc/nslab/class.toml")
PAM = Path("/etc/pam.d/nslab-class")
UNITS = Path("/etc/systemd/system")
STATE = Path("/var/lib/nslab-class")
"""Root's alone: the record of marks and its key, the hub's own files. It stays when the class ends."""
RECORD = STATE / "marks.jsonl"
KEY = STATE / "marks.key"
SCENES = STATE / "scenes"
HUB = STATE / "hub"
PROXY_TOKEN = STATE / "proxy.env"
LINKS = STATE / "links.json"
BOARD_ENV = STATE / "board.env"
HOMES = Path("/var/lib/nslab-class-homes")
RUNTIME = Path(asking.SOCKET).parent
SOCKET = Path(asking.SOCKET)
SAID = RUNTIME / "said.json"
FROZEN = STATE / "frozen"
CGROUPS = Path("/sys/fs/cgroup")
"""Where a pure v2 is mounted; a class asks for one."""

GROUP = "nslab-class"
"""The group that every learner's user is in, and nobody else."""
PREFIX = "nslab-"
HUB_UNIT, PROXY_UNIT, CHECK_UNIT = "nslab-class-hub", "nslab-class-proxy", "nslab-class-check"
BOARD_UNIT = "nslab-class-board"
SERVICES = (CHECK_UNIT, PROXY_UNIT, HUB_UNIT, BOARD_UNIT)
"""In the order in which they are started."""
LEARNER_UNIT = "nslab-class-learner-"


def user_of(learner: str) -> str:
    """The name of a learner's user."""
    return PREFIX + learner


def unit_of(learner: str) -> str:
    """The name of a learner's service, without its suffix."""
    return LEARNER_UNIT + learner
