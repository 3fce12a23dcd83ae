"""The lessons as they came: which of them somebody changed, and how to have them back."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import tarfile
import time
from collections.abc import Sequence
from pathlib import Path

INSTALLED = Path(__file__).resolve().parents[2] / "notebooks"
"""Those that came with this package."""
NO_ORIGINALS = "{directory}: there is nothing to restore the lessons from. {why}. Get a fresh copy of the project"


def originals(directory: Path) -> dict[str, bytes]:
    """Name → content of each lesson as it came: what was installed with the package, or git's last commit.

    Raises OSError where there is neither.
    """
    if INSTALLED.is_dir() and not INSTALLED.samefile(directory):
        return {path.name: path.read_bytes() for path in INSTALLED.glob("*.ipynb")}
    # Git reads no project that is another user's (root's clone, or a synced folder), unless it is told to.
    archive_of = ["git", "-c", "safe.directory=*", "-C", str(directory), "archive", "HEAD", "."]
    try:
        done = subprocess.run(archive_of, capture_output=True)
    except FileNotFoundError:
        raise OSError(NO_ORIGINALS.format(directory=directory, why="It takes git (sudo apt-get install git)")) from None
    if done.returncode:
        why = done.stderr.decode(errors="replace").strip().splitlines()
        raise OSError(NO_ORIGINALS.format(directory=directory, why=f"git says: {why[0] if why else done.returncode}"))
    found = {}
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        for member in archive:
            file = archive.extractfile(member)
            if file and member.name.endswith(".ipynb") and "/" not in member.name:
                found[member.name] = file.read()
    return found


def changed(directory: Path, lessons: dict[str, bytes]) -> list[str]:
    """The names of the lessons that are not as they came, or are missing."""
    return sorted(name for name, content in lessons.items() if not _same(directory / name, content))


def _same(file: Path, content: bytes) -> bool:
    try:
        now = file.read_bytes()
        # Not byte by byte: git may have given the file the line ends of Windows.
        return now == content or json.loads(now) == json.loads(content)
    except (FileNotFoundError, ValueError):
        return False


def reset(directory: Path, lessons: dict[str, bytes], names: Sequence[str]) -> Path | None:
    """Restore these lessons, after copying what is there now; return where to, or None when there was nothing to copy.

    Raises OSError, before anything is restored when a copy cannot be made.
    """
    there = [name for name in names if (directory / name).exists()]
    kept = _copied(directory, there) if there else None
    for name in names:
        # Under another name first: whoever has it open sees the old lesson or the new one, and never half of it.
        partial = directory / f".{name}.partial"
        partial.write_bytes(lessons[name])
        partial.replace(directory / name)
    return kept


def _copied(directory: Path, names: Sequence[str]) -> Path:
    to = directory / time.strftime("my-work-%Y-%m-%d-%H%M%S")
    while to.exists():
        to = to.with_name(f"{to.name}-again")
    to.mkdir()
    try:
        for name in names:
            shutil.copyfile(directory / name, to / name)
    except OSError:
        shutil.rmtree(to, ignore_errors=True)
        raise
    return to
