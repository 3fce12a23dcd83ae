"""`demo(on="sudo")`: the same experiment on this machine's own kernel, made by a process of root's that sudo(8) starts.

The notebook stays an ordinary user's. Root's process runs the demos of the course, and nothing else (rootside.py).
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from nslab.errors import Unsupported
from nslab.kernels.rootside import END, OFF, READY
from nslab.lab.upkeep import log
from nslab.linux import files, memfile

ENV = "NSLAB_SUDO"
"""1: what asks for root is made by sudo, without being told to each time."""
PLACES = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
START = 60.0
"""Seconds within which it has to be ready; it takes some tenths of one."""
LONGEST = 900.0
"""Seconds within which an experiment has to answer."""
GONE = END + 3
"""Seconds within which it ends when it is told to."""
WHAT = "root by sudo"
_START = """
import sys
sys.path.insert(0, sys.argv[1])
from nslab.kernels import rootside
rootside.main(int(sys.argv[2]))
"""
_NSLAB = str(Path(__file__).resolve().parents[2])
"""The directory that nslab itself lies in: root's process runs what is in there anyway."""


def is_told() -> bool:
    """Whether what asks for root is to be made by sudo (NSLAB_SUDO). Raises `nslab.Unsupported` for another value."""
    value = os.environ.get(ENV, "")
    if value not in ("", "0", "1"):
        raise Unsupported(WHAT, f"{ENV} is {value!r}, which is neither 0 nor 1", f"export {ENV}=1   (or unset {ENV})")
    return value == "1" and os.geteuid() != 0


class Root:
    """A process of root's that makes experiments, and goes with this one; `seconds` is how long it took to start.

    Raises `nslab.Unsupported` where sudo is not there, or refuses.
    """

    name = "this machine's own kernel, by root (sudo)"

    def __init__(self) -> None:
        program = shutil.which("sudo", path=PLACES)
        if program is None:
            raise Unsupported(
                WHAT, "the program sudo is not installed",
                "as root: apt-get install sudo, and allow it to this user; or use the VM: vagrant up",
            )  # fmt: skip
        began = time.monotonic()
        self._owner = os.getpid()
        self._log = memfile.bounded(log.MEMORY, log.SIZE)
        # -I, -B: it imports nslab, and what is installed for this Python, as `sudo nslab` does; nothing from the
        # working directory, PYTHONPATH, the user's own site, or what a cell has put into sys.path. It writes nothing
        # there. The process group is its own, since Ctrl-C is the demo's to answer; the terminal is not, as sudo
        # remembers by it who gave a password.
        python = [sys.executable, "-I", "-B", "-c", _START, _NSLAB, str(os.getpid())]
        self._process = subprocess.Popen(
            [program, "-n", "--", *python],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log, cwd="/", process_group=0,
            env={"PATH": PLACES, "LC_ALL": "C.UTF-8"},
        )  # fmt: skip
        atexit.register(self.close)
        try:
            if self._line(START) != READY:
                raise self._refused()
        except BaseException:
            self.close()
            raise
        self.seconds = time.monotonic() - began

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self._process.poll() is None

    def call(self, module: str, function: str, options: dict[str, Any]) -> dict[str, Any]:
        """Call a function there; return {"evidence": …}, or how it was refused, or how it failed."""
        request = json.dumps({"module": module, "function": function, "options": options})
        try:
            said = self._line(LONGEST) if self._tell(request.encode()) else None
            if not said:
                how = f"it did not answer within {LONGEST:.0f} s" if self.alive else f"it ended: {self._last_words()}"
                raise Unsupported("the answer of root's process", how, "run it again: that starts another one")
            return dict(said)
        except BaseException:
            # What it still does would be taken for the answer to the next one.
            self.close()
            raise

    def close(self) -> None:
        """Have it end what it does, and end. As it is root's nobody here can kill it: late, it does so itself."""
        if os.getpid() != self._owner or self._log < 0:
            return
        atexit.unregister(self.close)
        assert self._process.stdin
        assert self._process.stdout
        self._tell(OFF)
        # Somebody who was forked may hold the other end, so it is told, too.
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        try:
            # It kills itself by then, and its keeper ends the rest: nobody waits for that.
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(GONE)
        finally:
            self._process.stdout.close()
            os.close(self._log)
            self._log = -1

    def _tell(self, line: bytes) -> bool:
        """Whether there was anybody to tell it to."""
        assert self._process.stdin
        try:
            self._process.stdin.write(line + b"\n")
            self._process.stdin.flush()
        except (BrokenPipeError, ValueError):
            return False
        return True

    def _line(self, seconds: float) -> Any:
        """What the next line says; None where it ended, or said nothing for that long."""
        assert self._process.stdout
        fd, said, deadline = self._process.stdout.fileno(), b"", time.monotonic() + seconds
        while not said.endswith(b"\n"):
            if files.readable(fd, 0.2):
                more = os.read(fd, 1 << 16)
                if not more:
                    self._process.wait(GONE)
                    return None
                said += more
            elif time.monotonic() > deadline:
                return None
        return json.loads(said)

    def _refused(self) -> Unsupported:
        said = [line.removeprefix("sudo: ") for line in self._said() if line.startswith("sudo: ")]
        if said:
            mend = (
                "give sudo your password first, in the same terminal: sudo -v   (or have root allow it without one, by "
                "visudo: USER ALL=(ALL) NOPASSWD: ALL; or use the VM: vagrant up)"
            )
            return Unsupported(WHAT, f"it refuses: {'; '.join(said)}", mend)
        why = f"root's process did not start: {self._last_words()}"
        mend = f"install what it misses for {sys.executable} (it does not look in PYTHONPATH); and try: sudo -n true"
        return Unsupported(WHAT, why, mend)

    def _said(self) -> list[str]:
        return [line.strip() for line in log.text_of(self._log).strip().splitlines()]

    def _last_words(self) -> str:
        return (self._said() or ["it is silent"])[-1]
