"""Settings of the machine that a session changed, and how to put each back: one line of JSON for each, in the session's
directory, written before the change. Read by whoever ends the session, be it the next start after a kill -9.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os

from nslab.lab.upkeep import cgroup_cleanup, registry
from nslab.linux import files

NAME = "restore"


def change(of_session: str, path: str, text: str, back: str) -> None:
    """Write `text` to a file of the kernel's, after noting that `back` undoes it. Raises OSError."""
    registry.open_session(of_session)
    _note(of_session, path, back)
    files.write(path, text)


def undo(of_session: str, path: str, back: str) -> None:
    """Undo one change now, and forget it: once the file is as it was, it may be another session's to change.

    Raises OSError.
    """
    files.write(path, back)
    with open(registry.directory() / of_session / NAME, "r+", encoding="utf-8") as f:
        fcntl.flock(f, fcntl.LOCK_EX)
        lines = f.readlines()
        lines.remove(_line(path, back))
        f.seek(0)
        f.truncate()
        f.writelines(lines)


def restore(of_session: str) -> None:
    """Undo what a session changed, the last change first; leave to the next what another session still wants."""
    file = registry.directory() / of_session / NAME
    with contextlib.suppress(FileNotFoundError):
        for line in reversed(file.read_text().splitlines()):
            path, back = json.loads(line)
            heir = _heir(of_session, path)
            if heir:
                _note(heir, path, back)
            else:
                with contextlib.suppress(OSError):
                    files.write(path, back)
        file.unlink()


def _note(of_session: str, path: str, back: str) -> None:
    with open(registry.directory() / of_session / NAME, "a", encoding="utf-8") as f:
        fcntl.flock(f, fcntl.LOCK_EX)
        f.write(_line(path, back))
        f.flush()
        os.fsync(f.fileno())


def _line(path: str, back: str) -> str:
    return json.dumps([path, back]) + "\n"


def _heir(of_session: str, path: str) -> str:
    """Another session that has cgroups below the one whose file was changed."""
    directory, name = os.path.split(path)
    if not name.startswith("cgroup."):
        return ""
    with contextlib.suppress(OSError):
        for entry in os.listdir(directory):
            other = entry.removeprefix(cgroup_cleanup.PREFIX)
            if entry != other and other != of_session and (registry.directory() / other).is_dir():
                return other
    return ""
