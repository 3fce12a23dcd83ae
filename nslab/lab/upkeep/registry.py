"""Where nslab notes what it has made: one directory for each session, removed with the session."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import stat
from dataclasses import asdict, dataclass
from pathlib import Path

from nslab.errors import Unsupported
from nslab.lab.power.places import why_not_writable
from nslab.lab.upkeep import session
from nslab.linux import idmap, ns, process
from nslab.linux.flags import CloneFlag


@dataclass(frozen=True)
class Entry:
    """One named sandbox: its first process (pid on the host) and its namespaces; whose() made it."""

    name: str
    pid: int
    session: str
    flags: int
    ns: dict[str, int]
    whose: str = ""

    @property
    def holds(self) -> tuple[str, ...]:
        """The types of namespace that are the sandbox's own."""
        return CloneFlag(self.flags).types

    @property
    def started(self) -> float:
        """Seconds from boot to its start, on this process's own CLOCK_BOOTTIME. Raises OSError when it has ended."""
        return process.starttime(self.pid) / os.sysconf("SC_CLK_TCK")

    @property
    def alive(self) -> bool:
        """Whether the process with its number has its mark and its namespaces, neither of which a namespace changes."""
        try:
            marked = session.name_of(self.pid) == self.session
            return marked and process.runs(self.pid) and ns.inodes(self.pid) == self.ns
        except OSError:
            return False


def places(name: str) -> list[Path]:
    """Where this user's directory of that name may be, the most wanted first."""
    uid, uid_outside = os.geteuid(), _uid_outside()
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    found = []
    if uid == 0 and os.access("/run", os.W_OK):
        found.append(Path("/run") / name)
    if runtime and os.path.isdir(runtime) and os.stat(runtime).st_uid == uid:
        found.append(Path(runtime) / name)
    return [*found, Path(f"/tmp/{name}-{uid_outside}"), Path(f"/dev/shm/{name}-{uid_outside}")]


def directory() -> Path:
    """The directory of this user's sessions, made when missing, open to nobody else.

    Raises `nslab.Unsupported` when something of that name belongs to another user, or is open to one, and where no
    place can be written to.
    """
    refused = []
    for base in places("nslab"):
        try:
            base.mkdir(mode=0o700)
        except FileExistsError:
            if _is_read_only(base):
                refused.append(f"{base} is read-only")
                continue
            break
        except OSError as e:
            refused.append(why_not_writable(str(base.parent)) or f"{base}: {e.strerror}")  # the next place, then
            continue
        break
    else:
        raise Unsupported(
            "a directory in which nslab notes what it has made",
            "; ".join(refused),
            "make one of these writable, or set XDG_RUNTIME_DIR to a directory of yours",
        )
    return _closed(base)


def existing() -> Path | None:
    """The directory of this user's sessions where there is one: who only reads makes none. Raises as directory()."""
    base = next((each for each in places("nslab") if os.path.lexists(each) and not _is_read_only(each)), None)
    return None if base is None else _closed(base)


def _closed(base: Path) -> Path:
    info = base.lstat()
    if not stat.S_ISDIR(info.st_mode) or info.st_uid != os.geteuid() or stat.S_IMODE(info.st_mode) & 0o077:
        raise Unsupported(
            f"{base}, where nslab notes what it has made", "it is not a directory of yours that is closed to others",
            f"sudo rm -r {base}   (or set XDG_RUNTIME_DIR to a directory of yours)",
        )  # fmt: skip
    return base


def _is_read_only(base: Path) -> bool:
    # Of the directory above, where it is a link that leads nowhere.
    return bool(os.statvfs(base if base.exists() else base.parent).f_flag & os.ST_RDONLY)


def _uid_outside() -> int:
    """This user's number outside his user namespace: inside, every user may be root (user_namespaces(7))."""
    uid = os.geteuid()
    outside = idmap.outside(idmap.read("uid"), uid)
    return uid if outside is None else outside


def sessions() -> list[str]:
    """The names of this user's sessions, dead ones too."""
    return sorted(path.name for path in noted("*") if session.is_name(path.name) and path.is_dir())


def has(of_session: str) -> bool:
    """Whether a session of this user's has a directory."""
    base = existing()
    return base is not None and (base / of_session).is_dir()


def noted(pattern: str) -> list[Path]:
    """What is noted of this user's sessions, by a pattern of pathlib's; nothing where there is no session."""
    base = existing()
    return [] if base is None else list(base.glob(pattern))


def open_session(of_session: str) -> None:
    """Make a session's directory."""
    (directory() / of_session).mkdir(mode=0o700, exist_ok=True)


def close_session(of_session: str) -> None:
    """Remove a session's directory and, with the last one, the directory of sessions."""
    if not session.is_name(of_session):
        raise ValueError(f"session={of_session!r}: this is not the name of one, and nothing of that name is removed")
    base = directory()
    shutil.rmtree(base / of_session, ignore_errors=True)
    # Other sessions are in it.
    with contextlib.suppress(OSError):
        base.rmdir()


def add(entry: Entry) -> None:
    """Note a named sandbox."""
    path = directory() / entry.session / f"{entry.name}.json"
    path.parent.mkdir(mode=0o700, exist_ok=True)
    path.write_text(json.dumps(asdict(entry)))


def remove(entry: Entry) -> None:
    """Forget a named sandbox."""
    (directory() / entry.session / f"{entry.name}.json").unlink(missing_ok=True)


def entries() -> list[Entry]:
    """The named sandboxes of this user that are alive, by name."""
    found = []
    for path in noted("*/*.json"):
        # It is removed or half written at this moment, or another version's.
        with contextlib.suppress(FileNotFoundError, json.JSONDecodeError, TypeError):
            entry = Entry(**json.loads(path.read_text()))
            if entry.alive:
                found.append(entry)
    return sorted(found, key=lambda e: e.name)


def whose() -> str:
    """Which of those who are one user to the kernel, as root is: each has his data elsewhere (XDG_DATA_HOME)."""
    return os.environ.get("XDG_DATA_HOME", "")


def named() -> dict[str, Entry]:
    """entries() by name. Of two that have one name, as two who do the same exercise, it is one's own."""
    own = whose()
    return {e.name: e for e in sorted(entries(), key=lambda e: (e.name, e.whose == own))}
