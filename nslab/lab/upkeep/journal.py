"""Settings of the machine that a session changed, and how to put each back: one line of JSON for each, in the session's
directory, written before the change. Read by whoever ends the session, be it the next start after a kill -9.

A setting is put back only where it still is what nslab wrote, in the same file: what somebody else has set since stays.
Either way its note is then removed.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from nslab.lab.upkeep import cgroup_cleanup, locks, log, registry, session
from nslab.linux import files, ns

NAME = "restore"
SUBTREE = "cgroup.subtree_control"


@dataclass(frozen=True)
class Note:
    """One change: `back` undoes what was `wrote`.

    `inode` is the file's in /sys and cgroups, where a name may come to mean another one; `same` has files with what has
    to be in them if they are there, such as which file a loop device has; `boot` is that of the kernel, `net` the inode
    of the network namespace whose the setting is, 0 for others. `beside` are the cgroups that were there before their
    controllers were changed.
    """

    path: str
    wrote: str
    back: str
    inode: int
    same: dict[str, str]
    boot: str
    beside: list[str]
    net: int

    @property
    def is_in_force(self) -> bool:
        """Whether the setting is still what nslab wrote."""
        if self.boot != session.boot() or self.inode != _inode(self.path) or self.net != _net(self.path):
            return False
        # The file went with its cgroup or device: nothing is in force.
        with contextlib.suppress(FileNotFoundError):
            return all(not os.path.exists(file) or files.read(file) == text for file, text in self.same.items()) and (
                self._is_still_given() if os.path.basename(self.path) == SUBTREE else _chosen(self.path) == self.wrote
            )
        return False

    def _is_still_given(self) -> bool:
        """Whether controllers that nslab gave a cgroup's children may be taken away: nobody else needs them while there
        are no children but those that were there without them.
        """
        given = set(files.read(self.path).split())
        return {word[1:] for word in self.wrote.split()} <= given and set(_beside(self.path)) <= set(self.beside)


def change(of_session: str, path: str, text: str, back: str, same: Mapping[str, str] | None = None) -> None:
    """Write `text` to a file of the kernel's, after noting that `back` undoes it. Raises OSError; then it is forgotten.

    `same` is what else has to be so when it is undone: file → its text.
    """
    registry.open_session(of_session)
    note = Note(path, text, back, _inode(path), dict(same or {}), session.boot(), _beside(path), _net(path))
    _add(of_session, note)
    try:
        files.write(path, text)
    except BaseException:
        _forget(of_session, note)
        raise


def need(of_session: str, path: str, text: str) -> None:
    """Have a setting be `text` until this is undone; it is put back by the last of those that need it, in whichever
    session. What was so before nslab needed it stays. Raises OSError.
    """
    registry.open_session(of_session)
    with _one_at_a_time():
        before = files.read(path)
        if before != text:
            change(of_session, path, text, before)
            return
        others = (
            note for name in registry.sessions() for note in _notes(name) if (note.path, note.wrote) == (path, text)
        )
        # Who has it so by himself has noted nothing.
        if (note := next(others, None)) and note.is_in_force:
            _add(of_session, note)


def undo(of_session: str, path: str) -> None:
    """Undo the last change of a file now, if it is still in force, and forget it. Raises OSError."""
    note = next((each for each in reversed(_notes(of_session)) if each.path == path), None)
    if note is None:
        return
    with _one_at_a_time():
        if note.is_in_force and _noted(note) == 1:
            files.write(path, note.back)
        _forget(of_session, note)


def restore(of_session: str) -> None:
    """Undo what a session changed, the last change first. What another session still needs is handed to that one."""
    if not _notes(of_session):
        _file(of_session).unlink(missing_ok=True)
        return
    with _one_at_a_time():
        for note in reversed(_notes(of_session)):
            heir = _heir(of_session, note.path)
            if heir:
                _add(heir, note)
            else:
                try:
                    if note.is_in_force and not _noted(note, but=of_session):
                        files.write(note.path, note.back)
                except OSError as e:
                    # Said, and forgotten: nobody will have more luck with it, and the others are to be put back.
                    log.note(f"{note.path} was not put back to {note.back!r}: {e}")
    _file(of_session).unlink(missing_ok=True)


def _file(of_session: str) -> Path:
    return registry.directory() / of_session / NAME


def _notes(of_session: str) -> list[Note]:
    """All of a session's; what an earlier nslab noted does not tell what it wrote, and is left out."""
    try:
        lines = _file(of_session).read_text().splitlines()
    except FileNotFoundError:
        return []
    known = (each for each in map(json.loads, lines) if isinstance(each, dict))
    return [Note(**each) for each in known if each.keys() == Note.__dataclass_fields__.keys()]


def _noted(note: Note, but: str = "") -> int:
    """How often this very change is noted, in all sessions `but` one: each of them needs it."""
    return sum(_notes(name).count(note) for name in registry.sessions() if name != but)


@contextlib.contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Nobody else sets what is shared meanwhile."""
    directory = str(registry.directory())
    fd = os.open(directory, os.O_RDONLY | os.O_CLOEXEC)
    try:
        locks.lock(fd, directory, "change settings of this machine")
        yield
    finally:
        os.close(fd)


def _add(of_session: str, note: Note) -> None:
    with open(_file(of_session), "a", encoding="utf-8") as f:
        locks.lock(f.fileno(), f.name, "note settings of this machine")
        f.write(_line(note))
        f.flush()
        os.fsync(f.fileno())


def _forget(of_session: str, note: Note) -> None:
    with open(_file(of_session), "r+", encoding="utf-8") as f:
        locks.lock(f.fileno(), f.name, "note settings of this machine")
        lines = f.readlines()
        if _line(note) in lines:
            lines.remove(_line(note))
        f.seek(0)
        f.truncate()
        f.writelines(lines)


def _line(note: Note) -> str:
    return json.dumps(asdict(note)) + "\n"


def _inode(path: str) -> int:
    """The inode of a file of sysfs or of a cgroup, which no other ever has; 0 in /proc, and for one that is gone."""
    try:
        return 0 if path.startswith("/proc/") else os.stat(path).st_ino
    except OSError:
        return 0


def _net(path: str) -> int:
    """The network namespace whose a setting is: below /proc/sys/net is the reader's own (sysctl(2))."""
    return ns.inode("net") if path.startswith("/proc/sys/net/") else 0


def _chosen(path: str) -> str:
    """What a file says, of several choices the one in brackets (Documentation/block/switching-sched.rst)."""
    text = files.read(path)
    chosen = re.search(r"\[(.+?)\]", text)
    return chosen[1] if chosen else text


def _others(directory: str) -> list[str]:
    return [entry.name for entry in os.scandir(directory) if entry.is_dir() and entry.name != cgroup_cleanup.LEAF]


def _beside(path: str) -> list[str]:
    """The other cgroups beside a file of controllers, each by its name and its inode."""
    directory, name = os.path.split(path)
    if name != SUBTREE:
        return []
    return [f"{other}:{_inode(f'{directory}/{other}')}" for other in _others(directory)]


def _heir(of_session: str, path: str) -> str:
    """Another session that has cgroups below the one whose file was changed."""
    directory, name = os.path.split(path)
    if name != SUBTREE:
        return ""
    # The cgroup above has gone, and with it who could want its setting.
    with contextlib.suppress(OSError):
        for entry in _others(directory):
            other = entry.removeprefix(cgroup_cleanup.PREFIX)
            if entry != other and other != of_session and registry.has(other):
                return other
    return ""
