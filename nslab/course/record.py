"""The learner's record: what was guessed, begun, checked, hinted and solved, one JSON object a line, append only.

It lies in `$XDG_DATA_HOME/nslab/record.jsonl` (XDG Base Directory Specification). Each line goes out by one write(2) to
a file that is opened to append; a line that a kill -9 has cut short is passed over when the record is read.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import shutil
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

VERSION = 1
ALL = "*"
"""In place of an exercise's name: all of them."""


def path() -> Path:
    """Where the record lies. Nothing is made. Raises FileNotFoundError for a user who has no home directory."""
    data = os.environ.get("XDG_DATA_HOME") or ""
    base = Path(data) if os.path.isabs(data) else Path(os.path.expanduser("~"), ".local", "share")
    if not base.is_absolute():
        raise FileNotFoundError(errno.ENOENT, "there is no such directory; set HOME or XDG_DATA_HOME", "~")
    return base / "nslab" / "record.jsonl"


def note(what: str, **said: Any) -> str:
    """Append a line; return "", or why it could not be kept: a course goes on without its record."""
    line = json.dumps({"v": VERSION, "at": now(), "what": what, **said}, ensure_ascii=False)
    try:
        file = path()
        file.parent.mkdir(parents=True, exist_ok=True)
        fd = os.open(file, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX)
            # What was cut short stays a line of its own.
            _write(fd, (("\n" if _is_cut_short(fd) else "") + line + "\n").encode(errors="backslashreplace"))
        finally:
            os.close(fd)
    except OSError as e:
        where = f"{e.filename}: " if e.filename else ""
        return f"this was not recorded: {where}{e.strerror}"
    return ""


def _write(fd: int, line: bytes) -> None:
    if os.write(fd, line) < len(line):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path()))


def now() -> str:
    """The time as in the record: UTC, to the millisecond."""
    seconds = time.time()
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{int(seconds * 1000) % 1000:03}Z"


def _is_cut_short(fd: int) -> bool:
    size = os.fstat(fd).st_size
    return size > 0 and os.pread(fd, 1, size - 1) != b"\n"


def lines() -> list[dict[str, Any]]:
    """What is recorded, and was not forgotten since, the oldest first. Raises OSError when it cannot be read."""
    try:
        text = path().read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return []
    kept: list[dict[str, Any]] = []
    for entry in _parsed(text):
        if entry["what"] == "forgotten":
            kept = [each for each in kept if entry.get("exercise") not in (ALL, each.get("exercise"))]
        else:
            kept.append(entry)
    return kept


def _parsed(text: str) -> Iterator[dict[str, Any]]:
    # Not splitlines(): an answer may have a character that only other programs take for the end of a line.
    for line in text.split("\n"):
        try:
            entry = json.loads(line)
        except (ValueError, RecursionError):
            continue  # it was cut short, or somebody has written into it
        if isinstance(entry, dict) and _is_whole(entry):
            yield entry


def _is_whole(entry: dict[str, Any]) -> bool:
    """Whether a line has what is relied on: what it is and when it was, and names and lessons that are text."""
    try:
        dated = datetime.fromisoformat(str(entry.get("at"))).tzinfo is not None
    except ValueError:
        return False
    if not dated or not isinstance(entry.get("what"), str):
        return False
    return all(isinstance(entry.get(key, ""), str) for key in ("exercise", "lesson")) and (
        entry["what"] == "guess" or bool(entry.get("exercise"))
    )


def of(exercise: str) -> list[dict[str, Any]]:
    """The lines of one exercise."""
    return [entry for entry in lines() if entry.get("exercise") == exercise]


def forget(exercise: str = ALL) -> Path | None:
    """Have nothing recorded of an exercise, or of anything, from now on; return where a copy of it all was kept.

    None where nothing is recorded of it. The record itself only grows: a line says what is not to count any more.
    Raises OSError.
    """
    file = path()
    if not (file.exists() if exercise == ALL else of(exercise)):
        return None
    copy = file.with_name(f"record-{time.strftime('%Y-%m-%d-%H%M%S')}.jsonl")
    while copy.exists():
        copy = copy.with_name(f"{copy.stem}-again.jsonl")
    shutil.copy(file, copy)
    refused = note("forgotten", exercise=exercise)
    if refused:
        raise OSError(refused)
    return copy
