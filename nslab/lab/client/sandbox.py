"""`nslab.Sandbox`: new namespaces, held open by a process that makes further processes inside."""

from __future__ import annotations

import contextlib
import os
import re
import socket
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

from nslab.lab.client import rerun
from nslab.lab.client.child import Child
from nslab.lab.client.host import host
from nslab.lab.client.interrupts import held_back
from nslab.lab.client.options import checked_setup
from nslab.lab.client.place import Place
from nslab.lab.server import inside
from nslab.lab.upkeep import session
from nslab.linux import ns, process, trace
from nslab.linux.flags import FLAGS, CloneFlag

START = 30.0
"""Seconds within which a sandbox has to be ready; it takes about 3 ms."""
END = 3.0
"""Seconds within which it has to end by itself, and then by SIGKILL; it takes some milliseconds."""


class Sandbox(Place):
    """A context manager that holds new namespaces open.

    One keyword for each namespace type (`uts=True, pid=True, …`; names as in /proc/PID/ns), and the options of
    `nslab.clone`: `hostname`, `domainname`, `uid_map`, `gid_map`, `setgroups`, `propagation`, `proc`, `lo`,
    `monotonic`, `boottime`. With pid and mnt a new /proc is mounted, unless `proc=False`. `name` makes it show in
    `nslab ps` and lets a terminal in with `nslab enter NAME`; a cell that runs again ends the one it made before.

    Raises ValueError and TypeError for values that are not allowed, OSError as clone(2) does,
    `nslab.Unsupported` where this machine cannot.
    """

    def __init__(self, *, name: str | None = None, parent: Place | None = None, **options: Any) -> None:
        super().__init__()
        kinds = {kind: options.pop(kind) for kind in FLAGS if kind in options}
        for kind, wanted in kinds.items():
            if not isinstance(wanted, bool):
                raise TypeError(f"{kind}={wanted!r}: give True or False")
        flags = tuple(FLAGS[kind] for kind, wanted in kinds.items() if wanted)
        if kinds.get("pid") and kinds.get("mnt"):
            options.setdefault("proc", True)
        setup = checked_setup(flags, options, sandbox=True)
        if parent is not None and not isinstance(parent, Place):
            raise TypeError(f"parent={parent!r}: give a Sandbox or a Cgroup, in which this one is to start")
        self.name = _checked_name(name)
        self._parent = parent or host()
        self._forget: Callable[[], None] | None = None
        self._holder: Child | None = None
        self._socket, theirs = socket.socketpair()
        self._owner = os.getpid()
        if self.name:
            rerun.end_earlier(self, self.name)
        try:
            with theirs, held_back():
                label = f"nslab:{self.name or 'sandbox'}"
                self._holder = self._parent.spawn(setup, inside.Serve(label), control=theirs.fileno())
            if not self._holder.wait_ready(START):
                if not self._holder.alive:
                    self._holder.result(START)
                raise RuntimeError(
                    f"the sandbox was not ready within {START:.0f} s; `nslab doctor` tells what is wrong"
                )
            self.pid = self._holder.pid
            self.flags = CloneFlag(setup.flags) | self._holder.added
            if self.name:
                self._register(self.name)
        except BaseException:
            self.close()
            raise

    @property
    def added(self) -> CloneFlag:
        """The flags that nslab added: CLONE_NEWUSER for an ordinary user."""
        return self._running().added

    @property
    def known(self) -> list[str]:
        """Where its server imports from."""
        return self._parent.known

    @property
    def ns(self) -> dict[str, int]:
        """Namespace type → inode number."""
        return self._running().ns

    def enter(self) -> int | None:
        """Open a shell inside, on this terminal; return its exit status. In a notebook: say which command does it.

        Raises ValueError when the sandbox has no name and this is not a terminal.
        """
        if sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty():
            from nslab.lab.client.enter import enter

            return enter(self.pid, self.name or f"sandbox-{self.pid}")
        if not self.name:
            raise ValueError(
                "name=None: give the sandbox a name, Sandbox(name='web', …), so that a terminal can find it"
            )
        print(f"In a terminal (File → New → Terminal):  nslab enter {self.name}")
        return None

    def close(self) -> None:
        """End every process inside, and with the last one the namespaces."""
        if self._owner != os.getpid():
            return
        with held_back():
            self._socket.close()
            if self._forget:
                self._forget()
                self._forget = None
            if self._holder is not None:
                try:
                    self._holder.wait(END)
                except TimeoutError:
                    with trace.plumbing():
                        self._holder.kill()
                    # What is frozen takes its SIGKILL when it is thawed.
                    with contextlib.suppress(TimeoutError):
                        self._holder.wait(END)

    def _control(self) -> socket.socket:
        if self._owner != os.getpid():
            raise RuntimeError(f"{self!r} belongs to process {self._owner}, from which this was forked: use it there")
        self._running()
        return self._socket

    def _number(self, pid: int, pidfd: int) -> int:
        try:
            return process.pid_of(pidfd)
        except ProcessLookupError:
            return pid  # it has already ended, and with it went its number out here

    def _running(self) -> Child:
        if self._holder is None or not self._holder.alive or self._socket.fileno() == -1:
            raise self._gone()
        return self._holder

    def _silent(self) -> str:
        return super()._silent().replace("the fork server", f"the sandbox {self.name or ''}".rstrip())

    def _gone(self) -> Exception:
        return ProcessLookupError(f"{self.why_ended()}: make a new one")

    def why_ended(self) -> str:
        """That it has ended; and how, unless it was closed."""
        how = ""
        # Its status comes a moment after its end.
        with contextlib.suppress(TimeoutError):
            if self._holder is not None and self._holder.wait(END) != 0:
                how = f" (its first process {self._holder.how_ended()})"
        return f"the sandbox {self.name or ''} has ended{how}".replace("  ", " ")

    def _register(self, name: str) -> None:
        # Loaded here, since it takes longer than a clone, and few sandboxes have a name.
        from nslab.lab.upkeep import registry

        # The mark is asked for, since a cgroup's processes may have a keeper of their own.
        of_session, whose = session.name_of(self.pid), registry.whose()
        if any(e.name == name and (e.session == of_session or e.whose == whose) for e in registry.entries()):
            raise ValueError(f"name={name!r} is taken: choose another, or end the first ('nslab ps' lists them)")
        entry = registry.Entry(name, self.pid, of_session, int(self.flags), ns.inodes(self.pid), whose)
        registry.add(entry)
        self._forget = partial(registry.remove, entry)

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        # A cell that makes a sandbox again under the same variable drops the old one.
        if getattr(self, "_owner", None) == os.getpid():
            with held_back(late=True):
                self.close()

    def __repr__(self) -> str:
        kinds = ", ".join(self.flags.types) or "no namespaces of its own"
        running = self._holder is not None and self._holder.alive
        return f"<nslab sandbox {self.name or ''} pid={self.pid} {'holds ' + kinds if running else 'closed'}>"


Place._sandbox = Sandbox


def _checked_name(name: str | None) -> str | None:
    if name is None:
        return None
    if not isinstance(name, str):
        raise TypeError(f"name={name!r}: give a string")
    if not re.fullmatch(r"[a-zA-Z0-9][a-zA-Z0-9_.-]{0,31}", name):
        raise ValueError(
            f"name={name!r}: give 1 to 32 letters, digits, '-', '_' and '.', beginning with a letter or digit"
        )
    return name
