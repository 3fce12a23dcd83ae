"""Making files below a directory by names that somebody else has chosen: nothing of it is made outside (resolve.py)."""

from __future__ import annotations

import errno
import io
import os
import shutil
import stat
from collections.abc import Callable
from typing import IO, NamedTuple

from nslab.linux import nodes, resolve

CHUNK = 1 << 20


def chmod(path: str, mode: int) -> None:
    """The permission bits of a file (chmod(2)). Raises OSError."""
    os.chmod(path, mode)


def symlink(target: str, path: str) -> None:
    """A symbolic link (symlink(2)). Raises OSError."""
    os.symlink(target, path)


def touch(path: str) -> None:
    """An empty file, where there is none. Raises OSError."""
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o644))


def make_directories(path: str) -> None:
    """A directory, and those above it that are missing (mkdir(2)). Raises OSError."""
    os.makedirs(path, mode=0o755)


class Meta(NamedTuple):
    """Whose a file is (None: this user's), its permission bits, and when it was changed last."""

    owner: tuple[int, int] | None
    mode: int
    seconds: float


def _copied(content: IO[bytes], to: int, size: int) -> int:
    """Copy so many bytes, by the kernel alone where the content is a file of its own (sendfile(2)); return how many."""
    done = 0
    if isinstance(content, io.BufferedReader) and isinstance(content.raw, io.FileIO):
        source, begin = content.fileno(), content.tell()
        while done < size and (sent := os.sendfile(to, source, begin + done, size - done)):
            done += sent
        return done
    while done < size and (piece := content.read(min(size - done, CHUNK))):
        done += os.write(to, piece)
    return done


class Tree:
    """A directory as if it were the root. Paths begin with or without a slash; their last part is never followed.

    Each method replaces what is there, but for a directory where one is wanted. Raises OSError naming the path.
    """

    def __init__(self, top: str) -> None:
        self.root = os.open(top, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)

    def close(self) -> None:
        """Let go of the directory."""
        os.close(self.root)

    def directory(self, path: str, mode: int = 0o755) -> None:
        """A directory, which may be there already."""

        def make(parent: int, name: str) -> None:
            try:
                os.mkdir(name, mode, dir_fd=parent)
            except FileExistsError:
                if not stat.S_ISDIR(os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode):
                    self._clear(parent, name)
                    os.mkdir(name, mode, dir_fd=parent)

        self._at(path, make)

    def file(self, path: str, content: IO[bytes], size: int, meta: Meta) -> None:
        """A regular file with so many bytes of the content, from where that stands. Raises OSError (EIO) for fewer."""

        def make(parent: int, name: str) -> None:
            self._clear(parent, name)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
            made = os.open(name, flags, 0o600, dir_fd=parent)
            try:
                missing = size - _copied(content, made, size)
                if missing:
                    raise OSError(errno.EIO, f"it ends {missing} bytes before its size", path)
                if meta.owner is not None:
                    os.fchown(made, *meta.owner)
                os.fchmod(made, meta.mode)
                os.utime(made, (meta.seconds, meta.seconds))
            finally:
                os.close(made)

        self._at(path, make)

    def symlink(self, path: str, target: str) -> None:
        """A symbolic link, whatever it points to: it is followed by whoever has this directory as the root."""
        self._replacing(path, lambda parent, name: os.symlink(target, name, dir_fd=parent))

    def link(self, path: str, target: str) -> None:
        """Another name of a file below this directory; of a symbolic link itself, and not of what it points to."""
        there = resolve.opened(self.root, os.path.dirname(target))
        try:
            make = self._linking(there, os.path.basename(target))
            self._replacing(path, make)
        finally:
            os.close(there)

    def _linking(self, there: int, target: str) -> Callable[[int, str], None]:
        return lambda parent, name: os.link(target, name, src_dir_fd=there, dst_dir_fd=parent, follow_symlinks=False)

    def node(self, path: str, mode: int, device: int = 0) -> None:
        """A device, a pipe or a socket, as mknod(2). Raises PermissionError for a device without CAP_MKNOD."""

        def make(parent: int, name: str) -> None:
            nodes.mknod(f"{resolve.by_number(parent)}/{name}", mode, device)

        self._replacing(path, make)

    def owner(self, path: str, uid: int, gid: int) -> None:
        """Whose it is. Raises PermissionError for who may not give it away."""
        self._at(path, lambda parent, name: os.chown(name, uid, gid, dir_fd=parent, follow_symlinks=False))

    def mode(self, path: str, mode: int) -> None:
        """The permission bits of what is no symbolic link."""

        def change(parent: int, name: str) -> None:
            there = os.open(name, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=parent)
            try:
                os.chmod(resolve.by_number(there), mode)
            finally:
                os.close(there)

        self._at(path, change)

    def time(self, path: str, seconds: float) -> None:
        """When it was changed last."""
        self._at(path, lambda parent, name: os.utime(name, (seconds, seconds), dir_fd=parent, follow_symlinks=False))

    def remove(self, path: str) -> None:
        """It, with all that is in it; nothing where it is not there."""
        self._at(path, self._clear)

    def empty(self, path: str, but: frozenset[str]) -> None:
        """Remove what is in a directory, but for these names."""
        there = resolve.opened(self.root, path)
        try:
            for name in os.listdir(resolve.by_number(there)):
                if name not in but:
                    self._clear(there, name)
        finally:
            os.close(there)

    def _replacing(self, path: str, make: Callable[[int, str], None]) -> None:
        def replace(parent: int, name: str) -> None:
            self._clear(parent, name)
            make(parent, name)

        self._at(path, replace)

    def _at(self, path: str, do: Callable[[int, str], None]) -> None:
        """Do something with a name in the directory that the path leads to, which is made where it is missing."""
        above, _, name = path.strip("/").rpartition("/")
        if name in ("", ".", ".."):
            raise OSError(errno.EINVAL, "this is no name of a file", path)
        parent = resolve.opened(self.root, above, make=0o755)
        try:
            do(parent, name)
        except OSError as e:
            raise OSError(e.errno, e.strerror, path) from e
        finally:
            os.close(parent)

    @staticmethod
    def _clear(parent: int, name: str) -> None:
        try:
            os.unlink(name, dir_fd=parent)
        except FileNotFoundError:
            return
        except IsADirectoryError:
            # It holds the directory by its descriptor, and follows no link (shutil.rmtree, avoids_symlink_attacks).
            shutil.rmtree(name, dir_fd=parent)
