"""Why a keeper or a fork server ended: a short text for each session, which stays a while when the session has gone.

The keeper starts with a memory file in place of its stderr, so whatever it or Python has to say is in it, also where no
place can be written to. It is written to a file, for `nslab log`, when the session ends.
"""

from __future__ import annotations

import contextlib
import os
import stat
import time
from pathlib import Path

from nslab.lab.upkeep import session
from nslab.linux import files, process

SIZE = 64 * 1024
"""Bytes that one session may say."""
MEMORY = "nslab-log"
"""The name of the memory file."""
KEPT = 20
"""Sessions whose log is kept."""
END = "the fork server ended: "
"""What the keeper's line begins with that tells why."""
_STDERR = 2


def note(text: str) -> None:
    """Add a line to the log of the session that this process keeps or serves, which is its stderr."""
    now = time.time()
    when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(now)) + f".{int(now % 1 * 1000):03d}"
    # Once it is full that is refused: what came first tells more.
    with contextlib.suppress(PermissionError):
        os.write(_STDERR, f"{when} {text}\n".encode(errors="backslashreplace"))


def note_error(doing: str, error: BaseException) -> None:
    """Add an exception with its traceback."""
    import traceback

    note(f"{doing}: " + "".join(traceback.format_exception(error)).rstrip())


def killer(pid: int) -> str:
    """Who killed a process, as far as it can be known: the kernel tells when it did so itself (dmesg(1))."""
    try:
        fd = os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return ", by whom the kernel does not tell this user"
    try:
        while True:
            try:
                if f"Killed process {pid} ".encode() in os.read(fd, 8192):
                    return " by the kernel, since memory was used up (dmesg tells more)"
            except BrokenPipeError:
                continue  # what stood there was overwritten meanwhile
    except OSError:
        return " by another process (the kernel does not tell which)"  # no more lines
    finally:
        os.close(fd)


def text_of(fd: int) -> str:
    """What was written to such a file so far."""
    return os.pread(fd, SIZE, 0).rstrip(b"\0").decode(errors="backslashreplace")


def reason(text: str) -> str:
    """Why it ended, in a few words, from a session's log: what the keeper noted, else the last thing that was said."""
    noted = [line.partition(END)[2] for line in text.splitlines() if END in line]
    return noted[-1] if noted else last(text)


def last(text: str) -> str:
    """The last line of a log that says something."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else ""


def directory() -> Path | None:
    """Where logs are kept, beside the sessions' directory; made when missing. None where no place is."""
    for base in _places():
        try:
            base.mkdir(mode=0o700, exist_ok=True)
        except OSError:
            continue  # read-only, full, or another's: the next place
        if _is_closed(base) and os.access(base, os.W_OK):
            return base
    return None


def _places() -> list[Path]:
    # Loaded here: a client has this module, and seldom needs a place.
    from nslab.lab.upkeep import registry

    return registry.places("nslab-log")


def _is_closed(base: Path) -> bool:
    """Whether it is a directory of this user's that is closed to others."""
    info = base.lstat()
    return stat.S_ISDIR(info.st_mode) and info.st_uid == os.geteuid() and not stat.S_IMODE(info.st_mode) & 0o077


def keep(of_session: str) -> None:
    """Keep the log that this process, the session's keeper, has for its stderr."""
    save(of_session, text_of(_STDERR))


def save(of_session: str, text: str) -> None:
    """Keep a session's log, and forget the oldest ones. Where there is no place it is lost: nothing depends on it."""
    base = directory()
    if base is None:
        return
    try:
        (base / of_session).write_text(text[-SIZE:], encoding="utf-8", errors="backslashreplace")
        for old in sorted(base.iterdir(), key=_age)[KEPT:]:
            old.unlink(missing_ok=True)
    except OSError:
        pass  # no room any more, or another session's keeper forgets the same ones


def _age(path: Path) -> float:
    """Seconds since it was written; for ever where it has just been removed."""
    try:
        return time.time() - path.stat().st_mtime
    except FileNotFoundError:
        return float("inf")


def saved() -> list[tuple[str, str]]:
    """(session, log) of the sessions that have ended, the last one first; who only reads makes no directory."""
    kept = [path for base in _places() if os.path.lexists(base) and _is_closed(base) for path in base.iterdir()]
    found = []
    for path in sorted(kept, key=_age):
        try:
            found.append((path.name, path.read_text(encoding="utf-8", errors="replace")))
        except FileNotFoundError:
            continue  # the oldest one, which was removed at this moment
    return found


def running() -> list[tuple[str, str]]:
    """(session, log) of this user's sessions that run, the last one first: their keepers have it open."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            if files.read(f"/proc/{pid}/comm") != session.COMMAND or os.stat(f"/proc/{pid}").st_uid != os.geteuid():
                continue
            if not os.readlink(f"/proc/{pid}/fd/{_STDERR}").startswith(f"/memfd:{MEMORY} "):
                continue  # one of another version of nslab
            fd = os.open(f"/proc/{pid}/fd/{_STDERR}", os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            continue  # it has just ended, or is another's
        try:
            found.append((process.starttime(pid), session.name_of(int(pid)), text_of(fd)))
        except OSError:
            continue  # it has just ended
        finally:
            os.close(fd)
    return [(name, text) for _, name, text in sorted(found, reverse=True)]
