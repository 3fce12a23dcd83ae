"""The lessons as they came, with their pictures: which somebody changed, and how to have them back."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import tarfile
import time
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from importlib import metadata
from pathlib import Path

CLONE = Path(__file__).resolve().parents[2] / "notebooks"
"""The lessons of a clone, beside the package, in which a learner works."""
CAME = ".nslab-lessons.json"
"""In a learner's own folder: name → SHA-256 of each lesson as it came, which tells what he has changed."""
NOTEBOOK = "JPY_SESSION_NAME"
"""In the environment of a kernel that Jupyter's server has started: the path of the notebook."""
PICTURES = "pictures"
"""The directory beside the lessons with what they show; a picture's name begins with its lesson's number."""
NO_ORIGINALS = "{directory}: there is nothing to restore the lessons from. {why}. Get a fresh copy of the project"


def originals(directory: Path) -> dict[str, bytes]:
    """Name → content of each lesson and picture as it came: what was installed with the package, or git's last commit.

    Raises OSError where there is neither.
    """
    came = installed()
    if came is not None and not came.samefile(directory):
        files = [*came.glob("*.ipynb"), *came.glob(f"{PICTURES}/*.svg")]
        return {path.relative_to(came).as_posix(): path.read_bytes() for path in files}
    # Git refuses a project that belongs to another user (root's clone, or a synced folder), unless it is told to read
    # it.
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
            if file and (is_lesson(member.name) or fnmatchcase(member.name, f"{PICTURES}/*.svg")):
                found[member.name] = file.read()
    return found


def is_lesson(name: str) -> bool:
    """Whether a name of `originals` is a lesson's, and not a picture's."""
    return name.endswith(".ipynb") and "/" not in name


def running() -> str:
    """The number of the lesson in whose notebook this runs, "02"; "" for another notebook, and outside of Jupyter.

    Jupyter tells a kernel the path of its notebook when it starts it.
    """
    found = re.fullmatch(r"(\d\d)-[^/]*\.ipynb", os.path.basename(os.environ.get(NOTEBOOK, "")))
    return found[1] if found else ""


def with_pictures(lesson: str, names: Iterable[str]) -> set[str]:
    """A lesson and, of these names, its pictures."""
    return {lesson, *(name for name in names if name.startswith(f"{PICTURES}/{lesson[:2]}-"))}


def installed() -> Path | None:
    """The directory of the lessons that came with this package, in a clone or in a wheel; None where there is none."""
    if CLONE.is_dir():
        return CLONE
    try:
        came = metadata.distribution("nslab")
    except metadata.PackageNotFoundError:
        return None
    if Path(str(came.locate_file("nslab"))).resolve() != CLONE.parent / "nslab":
        return None  # an editable install, of this program or of another copy of it
    files = (file for file in came.files or () if file.name.endswith(".ipynb") and file.parent.name == "notebooks")
    return next((Path(str(file.locate())).resolve().parent for file in files), None)


def bring(directory: Path) -> list[str]:
    """Copy the lessons that came with this package, and their pictures, to a learner's own folder; return which.

    Those that are missing there, and those that came in an older version and that he has not changed. Raises OSError.
    """
    directory.mkdir(parents=True, exist_ok=True)
    note = directory / CAME
    known = json.loads(note.read_text(encoding="utf-8")) if note.exists() else {}
    lessons = originals(directory)
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in lessons.items()}
    new = [name for name in sorted(lessons) if _may_be_brought(directory / name, known.get(name), sums[name])]
    for name in new:
        _put(directory / name, lessons[name])
    noted = {**known, **{name: sums[name] for name in new}}
    if noted != known:
        _put(note, json.dumps(noted, indent=1).encode())
    return new


def _may_be_brought(file: Path, came: str | None, wanted: str) -> bool:
    try:
        there = hashlib.sha256(file.read_bytes()).hexdigest()
    except FileNotFoundError:
        return True
    return there == came and there != wanted


def changed(directory: Path, lessons: dict[str, bytes]) -> list[str]:
    """The names of the lessons and pictures that are not as they came, or are missing."""
    return sorted(name for name, content in lessons.items() if not _same(directory / name, content))


def _same(file: Path, content: bytes) -> bool:
    try:
        now = file.read_bytes()
        # Not byte by byte: git may have given the file the line ends of Windows.
        return now == content or json.loads(now) == json.loads(content)
    except (FileNotFoundError, ValueError):
        return False


def reset(directory: Path, lessons: dict[str, bytes], names: Sequence[str]) -> Path | None:
    """Restore these lessons and pictures, after copying what is there now.

    Returns where it was copied to, or None when there was nothing to copy. Raises OSError, before anything is restored
    when a copy cannot be made.
    """
    there = [name for name in names if (directory / name).exists()]
    kept = _copied(directory, there) if there else None
    for name in names:
        _put(directory / name, lessons[name])
    return kept


def _put(file: Path, content: bytes) -> None:
    """Write a file under another name first: whoever has it open sees the old one or the new one, and never half."""
    file.parent.mkdir(exist_ok=True)
    partial = file.with_name(f".{file.name}.partial")
    partial.write_bytes(content)
    partial.replace(file)


def _copied(directory: Path, names: Sequence[str]) -> Path:
    to = directory / time.strftime("my-work-%Y-%m-%d-%H%M%S")
    while to.exists():
        to = to.with_name(f"{to.name}-again")
    to.mkdir()
    try:
        for name in names:
            (to / name).parent.mkdir(exist_ok=True)
            shutil.copyfile(directory / name, to / name)
    except OSError:
        shutil.rmtree(to, ignore_errors=True)
        raise
    return to
