"""The two sides of the playground: the host, and each sandbox. What is read of one, and its line for commands.

Both work in a thread: a place whose processes stand still answers late, and the panel's clock must not wait for it.
"""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Mapping
from typing import Any

from nslab.errors import Left
from nslab.lab.client import background
from nslab.lab.client.child import Child
from nslab.lab.client.sandbox import Sandbox
from nslab.lab.server.inside import Exec
from nslab.lab.server.prepare import Setup
from nslab.linux import process
from nslab.namespaces.playground import fingerprint
from nslab.namespaces.playground.fingerprint import Cell

LIMIT = 5
"""Seconds that a command may run."""
MUCH = 20_000
"""Characters that a command may write, and that are kept of what all have written."""
_SHELL = ("timeout", "--kill-after=1", str(LIMIT), "/bin/sh", "-c", 'exec 2>&1; eval "$1"', "sh")
"""timeout(1) ends the whole process group of a command, also where its shell has started others."""


class Side:
    """A sandbox; the host, where it has no namespaces of its own. `problem` tells why it could not be read last,
    and `ended` that it never will be."""

    def __init__(self, name: str, place: Sandbox) -> None:
        self.name, self.place = name, place
        self.read: Mapping[str, Any] = {}
        self.ns: Mapping[str, int] = {}
        self.problem = ""
        self.ended = False
        self.command: Command | None = None
        self._said = ""
        self._looks = False

    def look(self) -> None:
        """Read its resources, from inside, and its namespaces."""
        try:
            self.read, self.ns = json.loads(self.place.call(fingerprint.read, stream=False)), self.place.ns
            self.problem = ""
        except (OSError, RuntimeError, Left) as e:
            self.problem, self.ended = str(e), isinstance(e, ProcessLookupError)
        finally:
            self._looks = False

    def look_soon(self) -> None:
        """The same in a thread; one look at a time."""
        if not self._looks:
            self._looks = True
            background.run(self.look)

    def cells(self, host: Side) -> dict[str, Cell]:
        """What was read, compared with the host."""
        if self.problem or not self.read or not host.read:
            return {name: Cell("–") for name in fingerprint.ROWS}
        return fingerprint.compare(host.read, self.read, host.ns, self.ns)

    def run(self, line: str) -> None:
        """Start a command. Raises ValueError while the last one runs, and for an empty line."""
        if not line.strip():
            raise ValueError("the line is empty: give a command, such as hostname")
        if self.command is not None:
            raise ValueError(f"{self.name}: '{self.command.line}' still runs; it is killed after {LIMIT} s")
        if self.problem:
            raise ValueError(self.problem)
        self.command = Command(self.place, line)

    def finished(self) -> bool:
        """Keep what the command has said, when it has ended since the last call."""
        if self.command is None or not self.command.ended:
            return False
        self._said = (self._said + self.command.text)[-MUCH:]
        self.command = None
        return True

    @property
    def text(self) -> str:
        """What its commands said."""
        return self._said + (self.command.text if self.command else "")

    def close(self) -> None:
        """End it with all its processes."""
        if self.command:
            self.command.kill()
        self.place.close()


class Command:
    """A line for the shell that runs in a place, LIMIT seconds at most."""

    def __init__(self, place: Sandbox, line: str) -> None:
        self.line = line.strip()
        self.ended = False
        self._place = place
        self._child: Child | None = None
        self._note = ""
        background.run(self._run)

    @property
    def text(self) -> str:
        """The line, what it has written so far, and how it ended."""
        said = (self._child.stdout + self._child.stderr)[:MUCH] if self._child else ""
        if said and not said.endswith("\n"):
            said += "\n"
        return f"$ {self.line}\n{said}{self._note}"

    def kill(self) -> None:
        """End it now."""
        if self._child:
            self._child.kill(signal.SIGTERM)

    def _run(self) -> None:
        # Before the command's own clock, by which it is killed, has begun.
        started = time.monotonic()
        try:
            self._child = self._place.spawn(Setup(cwd=process.working_directory()), Exec((*_SHELL, self.line)))
            self._follow(self._child, started)
        except (OSError, RuntimeError, Left) as e:
            self._note = f"[{e}]\n"
        finally:
            self.ended = True

    def _follow(self, child: Child, started: float) -> None:
        status = None
        while status is None:
            try:
                status = child.wait(0.05)
            except TimeoutError:
                if len(child.stdout) > MUCH and not self._note:
                    self._note = f"[killed: it wrote more than {MUCH} characters]\n"
                    child.kill(signal.SIGTERM)
        if child.failed:
            child.result()
        if self._note:
            return
        if time.monotonic() - started >= LIMIT and status:
            self._note = f"[killed: it had not ended after {LIMIT} s]\n"
        elif status:
            self._note = f"[exit status {status}]\n"
