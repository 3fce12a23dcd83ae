"""The cell magic %%c: compile the cell as a C program, and run it as in a terminal."""

from __future__ import annotations

import codecs
import os
import select
import shlex
import shutil
import subprocess
import tempfile
import termios
from pathlib import Path
from typing import Any

from nslab.errors import Unsupported
from nslab.signals import signal_name

LATE = 100
"""Milliseconds in which what a program wrote before its end has come through the terminal."""


def c(line: str, cell: str) -> None:
    """Compile the cell with `cc -Wall`, and run it on a terminal of its own; nothing of it is left, whatever happens.

    What stands after %%c are the program's arguments. Prints what the compiler or the program says, and the
    exit status when it is not 0. The cell ends with main(), also where a child of it lives on.
    Raises `nslab.Unsupported` where there is no C compiler.
    """
    compiler = shutil.which("cc") or shutil.which("gcc")
    if not compiler:
        raise Unsupported("a C compiler", "neither cc nor gcc is on the PATH", "sudo apt-get install gcc libc6-dev")
    program = _compiled(compiler, cell)
    if program is not None:
        try:
            _run(program, shlex.split(line))
        finally:
            os.close(program)


def _compiled(compiler: str, cell: str) -> int | None:
    """The program as a file in memory, which no directory has and no mount forbids to run; None where it is wrong."""
    from nslab.lab.client.host import host
    from nslab.lab.upkeep import registry

    # In the session's own directory: whoever ends the session removes it, also after a kill -9.
    own = registry.directory() / host().session
    own.mkdir(mode=0o700, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="nslab-c-", dir=own) as directory:
        source, program = Path(directory, "cell.c"), Path(directory, "cell")
        source.write_text(cell, encoding="utf-8", errors="surrogateescape")
        built = subprocess.run([compiler, "-Wall", "-o", str(program), str(source)], capture_output=True)
        if built.stderr:
            print(built.stderr.decode(errors="replace").replace(str(source), "cell"), end="")
        if built.returncode != 0:
            return None
        fd = os.memfd_create("cell", 0)
        with open(program, "rb") as made, open(fd, "wb", closefd=False) as memory:
            shutil.copyfileobj(made, memory)
        return fd


def _run(program: int, arguments: list[str]) -> None:
    # A path as in a terminal, where it is ./cell: a program may start itself anew, and strace(1) looks for a file.
    itself = f"/proc/self/fd/{program}"
    ours, theirs = os.openpty()
    try:
        # As they are written: without this each newline comes as two characters.
        modes = termios.tcgetattr(theirs)
        modes[1] &= ~termios.OPOST
        termios.tcsetattr(theirs, termios.TCSANOW, modes)
        with subprocess.Popen([itself, *arguments], pass_fds=[program], stdout=theirs, stderr=theirs,
                              stdin=subprocess.DEVNULL) as process:  # fmt: skip
            os.close(theirs)
            theirs = -1
            try:
                _pass_on(ours, process.pid)
                status = process.wait()
            except BaseException:
                process.kill()
                raise
    finally:
        os.close(ours)
        if theirs >= 0:
            os.close(theirs)
    if status:
        print(f"[exit status {status}]" if status > 0 else f"[ended by {signal_name(-status)}]")


def _pass_on(terminal: int, pid: int) -> None:
    """Print what comes until the process has ended, and what it had written by then."""
    decoder = codecs.getincrementaldecoder("utf-8")("backslashreplace")
    ended = os.pidfd_open(pid)
    poll = select.poll()
    poll.register(terminal, select.POLLIN)
    poll.register(ended, select.POLLIN)
    try:
        while True:
            ready = dict(poll.poll())
            over = ended in ready
            if terminal not in ready and not (over and _has_more(terminal)):
                break
            try:
                text = decoder.decode(os.read(terminal, 65536))
            except OSError:  # EIO: nobody has the other side open
                break
            print(text, end="", flush=True)
        print(decoder.decode(b"", final=True), end="", flush=True)
    finally:
        os.close(ended)


def _has_more(terminal: int) -> bool:
    poll = select.poll()
    poll.register(terminal, select.POLLIN)
    return bool(poll.poll(LATE))


def load_ipython_extension(ipython: Any) -> None:
    """`%load_ext nslab`: register %%c."""
    ipython.register_magic_function(c, magic_kind="cell", magic_name="c")
