"""Where there is a class, its service does the verbs of an exercise, and this asks it; elsewhere nobody is asked.

A line of JSON goes each way over a Unix socket. Who asks is what the kernel tells the service of the other end
(unix(7), SO_PEERCRED), and so no name is sent.
"""

from __future__ import annotations

import json
import os
import socket
import stat
import struct
import time
from typing import Any

from nslab.errors import Unsupported

SOCKET = "/run/nslab-class/check.sock"
"""Root makes it, for the group of the learners alone."""
PATIENCE = 10.0
"""Seconds within which the service is back that something has ended."""
LONGEST = 1 << 20
"""Bytes of an answer; a solution has some thousand."""
_CREDENTIALS = struct.Struct("3i")


def somebody() -> bool:
    """Whether there is a class on this machine, and this process is a learner's in it."""
    try:
        found = os.stat(SOCKET)
    except OSError:
        return False
    return stat.S_ISSOCK(found.st_mode) and found.st_uid == 0 and found.st_gid in os.getgroups()


def peer(of: socket.socket) -> tuple[int, int, int]:
    """The pid, uid and gid of the process at the other end (unix(7), SO_PEERCRED)."""
    pid, uid, gid = _CREDENTIALS.unpack(of.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size))
    return pid, uid, gid


def ask(verb: str, exercise: str, **said: Any) -> dict[str, Any]:
    """Have the class's service do it. Raises ValueError, `nslab.Unsupported`, RuntimeError: what it reports."""
    with _connected() as door:
        door.sendall(json.dumps({"verb": verb, "exercise": exercise, **said}).encode() + b"\n")
        with door.makefile("rb") as answers:
            line = answers.readline(LONGEST)
    try:
        told: dict[str, Any] = json.loads(line)
    except ValueError:
        raise RuntimeError("the service of the class has ended before it answered; try again") from None
    if "refused" in told:
        raise ValueError(told["refused"])
    if "unsupported" in told:
        raise Unsupported(told["unsupported"], told["why"], told["mend"])
    if "failed" in told:
        raise RuntimeError(told["failed"])
    return told


def _connected() -> socket.socket:
    deadline = time.monotonic() + PATIENCE
    while True:
        door = socket.socket(socket.AF_UNIX)
        try:
            door.connect(SOCKET)
            return door
        except OSError as e:
            door.close()
            if time.monotonic() > deadline:
                raise RuntimeError(f"the service of the class does not answer ({e.strerror}); tell the teacher: "
                                   "nslab class status") from None  # fmt: skip
        time.sleep(0.1)
