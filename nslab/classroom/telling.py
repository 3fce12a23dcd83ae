"""What a teacher does while a class runs: say a line, have a lesson be as it came, give a link."""

from __future__ import annotations

import json
import os
import pwd
import secrets
import time
from contextlib import suppress

from nslab.classroom import links, places, users
from nslab.course import lessons, record
from nslab.course.checking import asking
from nslab.course.checking.exercise import all_exercises
from nslab.errors import Unsupported
from nslab.linux import files

LONGEST = 300
"""Letters of a line on everyone's page."""
FOLDER = "nslab"
"""The lessons in a learner's home (desk.py)."""


def say(text: str) -> None:
    """Have a line on everyone's page; "" takes it away. Raises ValueError, FileNotFoundError where no class is up."""
    if len(text) > LONGEST or "\n" in text:
        raise ValueError(f"text={text[:40]!r}…: give one line of at most {LONGEST} letters")
    partial = places.SAID.with_suffix(".partial")
    partial.write_text(json.dumps({"text": text, "at": record.now()}), encoding="utf-8")
    partial.chmod(0o644)
    partial.replace(places.SAID)


def link(learner: str, address: str) -> str:
    """An address that signs a learner in, once. Raises ValueError."""
    _known(learner)
    return f"{address}hub/once?{links.KEY}={links.make(learner)}"


def reset(learner: str, lesson: str) -> str:
    """Have a learner's lesson be as it came, and its scenes end; return the name of his copy of before.

    The copy is "" where he had none. Marks stay. Raises ValueError, RuntimeError.
    """
    entry = _known(learner)
    came = lessons.installed()
    there = {} if came is None else {path.name: path for path in came.glob("*.ipynb")}
    name = next((each for each in there if each.startswith(f"{lesson}-")), None)
    if name is None:
        numbers = ", ".join(sorted({each[:2] for each in there}))
        raise ValueError(f"lesson {lesson!r}: there is none with this number; choose from {numbers or 'none'}")
    for each in (task.name for task in all_exercises() if task.lesson == lesson):
        _end(learner, each)
    return _put(entry, name, there[name].read_bytes())


def _known(learner: str) -> pwd.struct_passwd:
    entry = users.learners().get(learner)
    if entry is None:
        raise ValueError(f"learner {learner!r}: no user of the class has this name; these are there: "
                         f"{', '.join(users.learners()) or 'nobody'}")  # fmt: skip
    return entry


def _put(entry: pwd.struct_passwd, name: str, content: bytes) -> str:
    """Write a lesson where the learner is free to have put anything: no link of his is followed, root writes no file of
    another's, and nothing is done as him, since he could reach into that.
    """
    home = os.open(entry.pw_dir, os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    folder = -1
    try:
        folder = os.open(FOLDER, os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=home)
        partial = f".{secrets.token_hex(8)}"
        made = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600, dir_fd=folder)
        with os.fdopen(made, "wb") as file:
            file.write(content)
            files.chown(made, entry.pw_uid, entry.pw_gid)
        copy = f"{name.removesuffix('.ipynb')}-before-{time.strftime('%H%M%S')}.ipynb"
        try:
            files.rename(name, copy, folder)
        except FileNotFoundError:
            copy = ""
        files.rename(partial, name, folder)
    except OSError as e:
        raise RuntimeError(f"the lessons of {entry.pw_name} cannot be written ({e.strerror}: {e.filename}); they come "
                           "when the learner signs in first") from None  # fmt: skip
    finally:
        os.close(home)
        if folder >= 0:
            os.close(folder)
    return copy


def _end(learner: str, exercise: str) -> None:
    # Who has no server has no scenes.
    with suppress(Unsupported):
        asking.ask("end", exercise, learner=learner)
