"""The record of a class: one JSON object a line, append only, each line signed, and with it all before it.

A line has a MAC (HMAC-SHA-256) over its text and the MAC of the line before. Key and record are root's alone; so a line
that was changed, taken out, put in or moved is told from all others, by whoever has the key.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import json
import os
from pathlib import Path
from typing import Any

from nslab.classroom import places
from nslab.course import record

FIRST = "0" * 64
"""What stands for the MAC before the first line."""


class Tampered(RuntimeError):
    """A line of the record is not as it was written."""


def note(**said: Any) -> None:
    """Append a line, and have it on the disk before this returns. Raises Tampered, OSError."""
    fd = os.open(places.RECORD, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    with os.fdopen(fd, "r+b") as file:
        fcntl.flock(fd, fcntl.LOCK_EX)
        text = file.read()
        last = _verified(text, _key())[-1:]
        line = json.dumps({"at": record.now(), **said}, ensure_ascii=False)
        mac = _mac(_key(), last[0]["mac"] if last else FIRST, line)
        # What a kill -9 has cut short stays a line of its own.
        cut = b"" if not text or text.endswith(b"\n") else b"\n"
        os.write(fd, cut + json.dumps([line, mac], ensure_ascii=False).encode(errors="backslashreplace") + b"\n")
        os.fsync(fd)


def entries() -> list[dict[str, Any]]:
    """What is recorded, the oldest first. Raises Tampered with the number of the line, OSError; [] before the first."""
    try:
        return _verified(places.RECORD.read_bytes(), _key())
    except FileNotFoundError:
        return []


def of(learner: str, exercise: str) -> list[dict[str, Any]]:
    """The lines of one exercise of one learner. Raises as entries() does."""
    return [each for each in entries() if (each["learner"], each["exercise"]) == (learner, exercise)]


def seed_of(learner: str, exercise: str, below: int) -> int:
    """The seed of a learner's exercise, the same each time, which nobody reckons without the key."""
    return int.from_bytes(derived("seed", learner, exercise)[:8], "big") % below


def derived(*what: str) -> bytes:
    """32 bytes that follow from these words and the key."""
    return hmac.digest(_key(), "\0".join(what).encode(), "sha256")


def _key() -> bytes:
    return bytes.fromhex(places.KEY.read_text(encoding="ascii").strip())


def _mac(key: bytes, before: str, line: str) -> str:
    return hmac.new(key, (before + line).encode(errors="backslashreplace"), hashlib.sha256).hexdigest()


def _verified(text: bytes, key: bytes, where: Path = places.RECORD) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    before = FIRST
    for number, row in enumerate(text.decode(errors="replace").split("\n"), 1):
        try:
            line, mac = json.loads(row)
        except ValueError:
            continue  # cut short: it was never told to anybody, and the next line's MAC does not count on it
        if not hmac.compare_digest(_mac(key, before, line), mac):
            raise Tampered(f"{where}, line {number}: it is not as it was written, or one before it was taken away")
        before = mac
        found.append({**json.loads(line), "mac": mac})
    return found
