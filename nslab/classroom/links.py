"""Links that sign a learner in once: kept as their hashes, where learners cannot read (root's alone)."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from nslab.classroom import places

LASTS = 24 * 3600
"""Seconds for which a link is good."""
KEY = "key"
"""The field of the form, and of the address, that has it."""


def make(learner: str, now: float | None = None) -> str:
    """The key of a new link; whoever has it is this learner, once. Those that he had are none any more."""
    key = secrets.token_urlsafe(24)
    until = (time.time() if now is None else now) + LASTS
    with _kept() as links:
        for each in [hashed for hashed, (who, _) in links.items() if who == learner]:
            del links[each]
        links[_hashed(key)] = (learner, until)
    return key


def take(key: str, now: float | None = None) -> str | None:
    """Whose link this is, and none of anybody from now on; None where it was used, is too old, or never was one."""
    moment = time.time() if now is None else now
    with _kept() as links:
        learner, until = links.pop(_hashed(key), ("", 0.0))
    return learner if learner and moment < until else None


def _hashed(key: str) -> str:
    return hashlib.sha256(key.encode(errors="backslashreplace")).hexdigest()


@contextmanager
def _kept() -> Iterator[dict[str, Any]]:
    """What is kept, for one at a time; what is changed is written in the end."""
    fd = os.open(places.LINKS, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(fd, "r+", encoding="ascii") as file:
        fcntl.flock(fd, fcntl.LOCK_EX)
        text = file.read()
        links: dict[str, Any] = json.loads(text) if text else {}
        yield links
        file.seek(0)
        file.truncate()
        json.dump(links, file)
