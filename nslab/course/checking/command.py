"""A verb of an exercise, asked of a command of nslab's: what it prints, what it reports, and for whom it waits."""

from __future__ import annotations

import contextlib
import contextvars
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from typing import IO, Any

from nslab.course.checking import scenes
from nslab.errors import Unsupported
from nslab.lab.client import outside
from nslab.linux import files
from nslab.show.status import status
from nslab.show.waiting import OVER, WAITS, WaitingLine

PATIENCE = 60.0
"""Seconds within which a verb is done, once it has its turn; a check takes half a second, one that measures three."""
_BAD_INPUT = 2
"""Exit status for values that are not allowed (click)."""
_MORE = 65536
_told: contextvars.ContextVar[Callable[[str], None] | None] = contextvars.ContextVar("nslab_waits", default=None)


def ask(verb: str, *words: str, options: Sequence[str] = ()) -> dict[str, Any]:
    """What a command of nslab's prints as JSON. Raises what it reports."""
    # What follows "--" is no option, whatever a learner answers.
    command = [sys.executable, "-P", "-m", "nslab", verb, "--json", *options, "--", *words]
    try:
        done = _done(command)
    except TimeoutError:
        told_by = f"in a terminal `nslab {verb} {words[0]}` shows how far it gets"
        raise RuntimeError(f"nslab {verb} was not done within {PATIENCE:.0f} s; {told_by}") from None
    if done.returncode == _BAD_INPUT:
        raise ValueError(done.stderr.strip().splitlines()[-1].removeprefix("Error: "))
    try:
        told: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        said = (done.stderr or done.stdout).strip()
        raise RuntimeError(said.removeprefix("Error: ") or f"nslab {verb} ended with {done.returncode}") from None
    if "unsupported" in told:
        raise Unsupported(told["unsupported"], told["why"], told["mend"])
    return told


def environment() -> dict[str, str]:
    """With this very nslab to be imported, and the scenes bound to who started this process: its kernel's server."""
    return {**os.environ, "PYTHONPATH": scenes.search_path(), outside.ANCHOR: str(scenes.anchor())}


@contextlib.contextmanager
def waits_told(tell: Callable[[str], None]) -> Iterator[None]:
    """Have `tell` told for whom a verb of this thread has to wait, and "" when it has its turn."""
    before = _told.set(tell)
    try:
        yield
    finally:
        _told.reset(before)


@contextlib.contextmanager
def _waits_shown() -> Iterator[Callable[[str], None]]:
    """Who is told for whom a verb waits: whoever has asked for that, or else a line below the cell."""
    told = _told.get()
    if told:
        yield told
        return
    with status() as tell:
        tell("asking the kernel")
        line = WaitingLine()
        yield lambda text: line.say(text, text) if text else line.end()


def _done(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """The command when it has ended, and what it said. Raises TimeoutError."""
    # What it prints goes to a file without a name, so that there is one pipe to listen to.
    with tempfile.TemporaryFile("w+", encoding="utf-8") as out, _waits_shown() as tell:
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.PIPE,
                              env=environment(), pass_fds=outside.inherited()) as asked:  # fmt: skip
            assert asked.stderr
            try:
                said = _heard(asked.stderr, tell)
            except BaseException:
                asked.kill()
                raise
        out.seek(0)
        return subprocess.CompletedProcess(command, asked.returncode, out.read(), said)


def _heard(stream: IO[bytes], tell: Callable[[str], None]) -> str:
    """What a command says on stderr until it ends, without the lines on whom it waits for: those are told at once.

    Raises TimeoutError after PATIENCE; that begins anew when it has its turn.
    """
    fd, said, begun, waits = stream.fileno(), [], b"", False
    deadline = time.monotonic() + PATIENCE
    while True:
        if not files.readable(fd, PATIENCE if waits else max(0.0, deadline - time.monotonic())):
            if waits:
                continue
            raise TimeoutError
        more = os.read(fd, _MORE)
        *lines, begun = (begun + more).split(b"\n")
        for line in (each.decode(errors="replace") for each in lines):
            if line.startswith(WAITS) or line == OVER:
                waits, deadline = line != OVER, time.monotonic() + PATIENCE
                tell(line if waits else "")
            else:
                said.append(line)
        if not more:
            return "\n".join([*said, begun.decode(errors="replace")])
