"""An image that somebody has, unpacked safely: of `docker save` or `podman save`, an OCI layout, or a plain tar.

Sources: the OCI image specification (image-layout.md, manifest.md, layer.md with its whiteouts), tar(5).
"""

from __future__ import annotations

import contextlib
import errno
import gzip
import hashlib
import json
import os
import stat
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from nslab.cgroups.core.units import checked_size, shown_size
from nslab.errors import checked_whole
from nslab.lab.power import privilege
from nslab.linux import idmap, tree

WHITEOUT, OPAQUE = ".wh.", ".wh..wh..opq"
SIZE = "8G"
ENTRIES = 500_000
MANIFEST = 1 << 22
"""Bytes that a description (JSON) has at most."""
_KINDS = {tarfile.CHRTYPE: stat.S_IFCHR, tarfile.BLKTYPE: stat.S_IFBLK, tarfile.FIFOTYPE: stat.S_IFIFO}


class BadImage(ValueError):
    """An image that is not unpacked; the message names the entry."""


@dataclass(frozen=True)
class Unpacked:
    """What came of it: `left_out` are entries that this user may not make, with the reason; `config` is the image's own
    (Env, Cmd, Entrypoint, WorkingDir, User; OCI config.md), empty for a plain tar.
    """

    layers: int
    entries: int
    size: int
    left_out: tuple[tuple[str, str], ...] = ()
    config: dict[str, Any] = field(default_factory=dict)


def unpack(image: str | os.PathLike[str], directory: str | os.PathLike[str], *, size_max: str | int = SIZE,
           entries_max: int = ENTRIES) -> Unpacked:  # fmt: skip
    """Unpack an image to a directory that is empty, or is not there.

    No entry is made outside of it, and no link is followed out. Raises BadImage, which names the entry, for what is no
    image, for a path that leads out, for more bytes or entries than allowed, for a layer whose digest is another;
    FileExistsError, OSError. What was made until then is removed.
    """
    top = Path(directory)
    limit, most = checked_size("size_max", size_max, 1), checked_whole("entries_max", entries_max, 1, 10**8)
    if top.exists() and (not top.is_dir() or any(top.iterdir())):
        raise FileExistsError(
            f"directory={str(directory)!r} has something in it: give one that is empty, or is not there"
        )
    there = top.exists()
    with _opened(Path(image)) as source:
        layers, config = source.layers()
        top.mkdir(parents=True, exist_ok=True)
        target = tree.Tree(str(top))
        try:
            whole = _Unpacking(target, limit, most)
            for name, digest in layers:
                with source.open(name) as compressed:
                    whole.layer(name, _checking(compressed, digest, name))
        except BaseException:
            target.empty("/", frozenset())
            if not there:
                top.rmdir()
            raise
        finally:
            target.close()
    return Unpacked(len(layers), whole.entries, whole.size, tuple(whole.left_out), config)


# -- where its parts are ----------------------------------------------------------------------------------


class _Source:
    """An image's files by their names: of a directory, or of a tar."""

    def open(self, name: str) -> IO[bytes]:
        raise NotImplementedError

    def names(self) -> set[str]:
        raise NotImplementedError

    def layers(self) -> tuple[list[tuple[str, str]], dict[str, Any]]:
        """The layers, the lowest first, each with its digest or ""; and the image's config."""
        there = self.names()
        if "index.json" in there and "oci-layout" in there:
            return self._oci()
        if "manifest.json" in there:
            return self._docker()
        return [("", "")], {}

    def _oci(self) -> tuple[list[tuple[str, str]], dict[str, Any]]:
        found = self._json("index.json")
        for _ in range(3):
            if "layers" in found:
                break
            manifests = found.get("manifests") or []
            if not manifests:
                raise BadImage("index.json: it names no manifest")
            found = self._json(_blob(manifests[0].get("digest")))
        config = self._json(_blob(found["config"].get("digest"))).get("config") or {}
        return [(_blob(each.get("digest")), each["digest"]) for each in found["layers"]], config

    def _docker(self) -> tuple[list[tuple[str, str]], dict[str, Any]]:
        found = self._json("manifest.json")
        if not isinstance(found, list) or not found:
            raise BadImage("manifest.json: it names no image")
        config = self._json(str(found[0]["Config"])).get("config") or {}
        return [(str(name), "") for name in found[0]["Layers"]], config

    def _json(self, name: str) -> Any:
        try:
            with self.open(name) as file:
                text = file.read(MANIFEST + 1)
            if len(text) > MANIFEST:
                raise BadImage(f"{name}: it is larger than {shown_size(MANIFEST)}")
            return json.loads(text)
        except (ValueError, KeyError) as e:
            raise BadImage(f"{name}: it is no description of an image ({e})") from None


def _blob(digest: object) -> str:
    """Where the file with a digest lies ("sha256:…"; image-layout.md)."""
    kind, _, number = str(digest).partition(":")
    if kind != "sha256" or len(number) != 64 or set(number) - set("0123456789abcdef"):
        raise BadImage(f"digest {digest!r}: there are only those of sha256 here")
    return f"blobs/sha256/{number}"


class _Directory(_Source):
    def __init__(self, top: Path) -> None:
        self._top = top

    def open(self, name: str) -> IO[bytes]:
        # The names are an image's: they lead nowhere else.
        where = (self._top / name).resolve()
        if not where.is_relative_to(self._top.resolve()) or not where.is_file():
            raise BadImage(f"{name}: there is no such file in the image")
        return open(where, "rb")

    def names(self) -> set[str]:
        return {each.name for each in self._top.iterdir()}

    def layers(self) -> tuple[list[tuple[str, str]], dict[str, Any]]:
        if not {"index.json", "manifest.json"} & self.names():
            raise BadImage(f"{self._top}: a directory is an image where it has an index.json (an OCI layout)")
        return super().layers()


class _Tar(_Source):
    def __init__(self, path: Path, archive: tarfile.TarFile) -> None:
        self._path, self._archive = path, archive

    def open(self, name: str) -> IO[bytes]:
        if not name:
            return open(self._path, "rb")
        try:
            file = self._archive.extractfile(name)
        except KeyError:
            file = None
        if file is None:
            raise BadImage(f"{name}: there is no such file in the image")
        return file

    def names(self) -> set[str]:
        found = set()
        for count, member in enumerate(self._archive):
            found.add(member.name.removeprefix("./"))
            # A plain tar need not be read to its end: a description of an image is among the first, or among few.
            if count > 10_000:
                break
        return found


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[_Source]:
    if not path.exists():
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
    if path.is_dir():
        yield _Directory(path)
        return
    try:
        with tarfile.open(path) as archive:
            yield _Tar(path, archive)
    except tarfile.ReadError:
        # What it says has a line for each way of compressing.
        raise BadImage(f"{path}: it is no tar, or is cut short; zstd is not read here") from None


def _checking(compressed: IO[bytes], digest: str, name: str) -> IO[bytes]:
    """The file, after its digest was found to be right; from its beginning."""
    if digest:
        found = hashlib.file_digest(compressed, "sha256").hexdigest()  # type: ignore[arg-type]
        if digest != f"sha256:{found}":
            raise BadImage(f"{name}: its digest is sha256:{found}, so it is not what the manifest names")
        compressed.seek(0)
    return compressed


# -- one layer after the other ----------------------------------------------------------------------------


class _Unpacking:
    """Layers that are laid over one another in one directory; counts what was made, over all of them."""

    def __init__(self, target: tree.Tree, limit: int, most: int) -> None:
        self._target, self._limit, self._most = target, limit, most
        self._may_give_away = privilege.has("CAP_CHOWN") and not _few_ids()
        self.entries = self.size = 0
        self.left_out: list[tuple[str, str]] = []

    def layer(self, name: str, content: IO[bytes]) -> None:
        """Unpack one. Raises BadImage naming the entry."""
        made: set[str] = set()
        modes: list[tuple[str, int, float]] = []
        try:
            with _plain(content) as plain, tarfile.open(fileobj=plain, mode="r:") as archive:
                for member in archive:
                    path = self._checked(member)
                    if path:
                        self._one(archive, member, path, made, modes)
        except (tarfile.TarError, EOFError, gzip.BadGzipFile) as e:
            raise BadImage(f"{name or 'the tar'}: it is no layer, or is cut short ({e})") from None
        # A directory that may not be written, or is older than what is in it, becomes so when all of it is there.
        for path, mode, seconds in reversed(modes):
            self._target.mode(path, mode)
            self._target.time(path, seconds)

    def _checked(self, member: tarfile.TarInfo) -> str:
        parts = [part for part in member.name.split("/") if part not in ("", ".")]
        if ".." in parts or "\0" in member.name:
            raise BadImage(f"{member.name!r}: an entry whose path leads upwards")
        self.entries += 1
        self.size += member.size if member.isreg() else 0
        if self.entries > self._most:
            raise BadImage(f"{member.name!r}: more than {self._most} entries (entries_max)")
        if self.size > self._limit:
            raise BadImage(f"{member.name!r}: with it there are more than {shown_size(self._limit)} (size_max)")
        return "/".join(parts)

    def _one(self, archive: tarfile.TarFile, member: tarfile.TarInfo, path: str, made: set[str],
             modes: list[tuple[str, int, float]]) -> None:  # fmt: skip
        above, _, name = path.rpartition("/")
        if name == OPAQUE:
            inside = f"{above}/" if above else ""
            kept = (each.removeprefix(inside).split("/")[0] for each in made if each.startswith(inside))
            self._target.empty(above, frozenset(kept))
            return
        if name.startswith(WHITEOUT):
            self._target.remove(f"{above}/{name.removeprefix(WHITEOUT)}")
            return
        try:
            self._make(archive, member, path)
        except PermissionError as e:
            self.left_out.append((path, os.strerror(e.errno or 0)))
            return
        except OSError as e:
            raise BadImage(f"{path!r}: {e.strerror}") from e
        made.add(path)
        self._belongs(member, path, modes)

    def _make(self, archive: tarfile.TarFile, member: tarfile.TarInfo, path: str) -> None:
        if member.isdir():
            self._target.directory(path)
        elif member.issym():
            self._target.symlink(path, member.linkname)
        elif member.islnk():
            if ".." in member.linkname.split("/"):
                raise BadImage(f"{path!r}: a link to {member.linkname!r}, which leads upwards")
            self._target.link(path, member.linkname)
        elif member.type in _KINDS:
            self._target.node(path, _KINDS[member.type] | 0o600, os.makedev(member.devmajor, member.devminor))
        elif member.isreg():
            content: Any = archive.fileobj
            if member.issparse():
                content = archive.extractfile(member)
            elif content is not None:
                content.seek(member.offset_data)
            assert content is not None
            owner = (member.uid, member.gid) if self._may_give_away else None
            self._target.file(path, content, member.size, tree.Meta(owner, self._mode(member), member.mtime))
        else:
            self.left_out.append((path, f"an entry of the type {member.type!r}"))

    def _mode(self, member: tarfile.TarInfo) -> int:
        """Its permission bits. Where all files are this user's, no program becomes somebody else, and so none him."""
        mode = stat.S_IMODE(member.mode)
        if not self._may_give_away and (member.uid or member.gid):
            mode &= ~(stat.S_ISUID | stat.S_ISGID)
        return mode

    def _belongs(self, member: tarfile.TarInfo, path: str, modes: list[tuple[str, int, float]]) -> None:
        """Whose it is, and its permission bits; a regular file has them already."""
        if not (member.isdir() or member.issym() or member.type in _KINDS):
            return
        if self._may_give_away:
            self._target.owner(path, member.uid, member.gid)
        mode = self._mode(member)
        if member.isdir():
            self._target.mode(path, mode | 0o700)
            modes.append((path, mode, member.mtime))
        elif not member.issym():
            self._target.mode(path, mode)
            self._target.time(path, member.mtime)


def _plain(content: IO[bytes]) -> contextlib.AbstractContextManager[IO[bytes]]:
    """What is in a file that may be compressed by gzip."""
    compressed = content.read(2) == b"\x1f\x8b"
    content.seek(0)
    return gzip.open(content) if compressed else contextlib.nullcontext(content)  # type: ignore[return-value]


def _few_ids() -> bool:
    """Whether this process's user namespace has only some ids, so that most owners have no number in it."""
    return sum(length for _, _, length in idmap.read("uid")) < 65536
