"""The loop that makes every clone(): in the fork server, and again inside each sandbox.

One thread, no locks. It reads requests from its socket, clones, and tells each child's end to whoever
asked for it. When its socket closes it kills everything below it and returns.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import select
import signal
import socket
from dataclasses import dataclass, replace
from typing import Any

from nslab.lab import child, cleanup, wire
from nslab.lab.setup import Setup
from nslab.linux import idmap, process, trace
from nslab.linux.clone import clone
from nslab.linux.flags import CloneFlag


@dataclass(frozen=True)
class Request:
    """One clone: what to set up, what to run, and which modules of nslab it needs.

    Its descriptors are, in this order: the answers' socket, stdout, stderr, and a control socket for `serve`.
    """

    setup: Setup
    task: Any
    modules: tuple[str, ...] = ()
    add_user: bool = True


@dataclass(frozen=True)
class Reply:
    """The answer to a Request; beside it travels a pidfd. `calls` are what the server itself asked the kernel."""

    added: CloneFlag
    calls: list[trace.Syscall]


class Server:
    """Serves one control socket until it closes, or until `lifeline` (a pipe's read end) does."""

    def __init__(self, control: socket.socket, lifeline: int | None = None) -> None:
        self.control, self.lifeline = control, lifeline
        self.answers: dict[int, int] = {}
        self.privileged = process.has_capability(process.CAP_SYS_ADMIN)

    def run(self) -> None:
        """Serve until the other end is gone; then leave nothing behind."""
        process.become_subreaper()
        while os.open("/dev/null", os.O_RDONLY | os.O_CLOEXEC) < child.LOWEST:
            pass
        wake_read, wake_write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
        control, poll = self.control.fileno(), select.poll()
        for fd in (control, wake_read, self.lifeline):
            if fd is not None:
                poll.register(fd, select.POLLIN)
        serving = True
        while serving:
            for fd, _ in poll.poll():
                if fd == wake_read:
                    with contextlib.suppress(BlockingIOError):
                        os.read(wake_read, 4096)
                    self._reap()
                elif fd == control:
                    serving = serving and self._serve()
                else:
                    serving = False
        cleanup.kill_descendants()

    def _reap(self) -> None:
        for pid, status in cleanup.reap():
            answers = self.answers.pop(pid, None)
            if answers is not None:
                with contextlib.suppress(wire.Closed):
                    wire.write(answers, {"exit": os.waitstatus_to_exitcode(status)})
                os.close(answers)

    def _serve(self) -> bool:
        try:
            request, fds = wire.receive(self.control)
        except wire.Closed:
            return False
        try:
            reply, pidfd = self._clone(request, fds)
        except Exception as e:
            wire.send(self.control, (e, trace.take()))
        else:
            wire.send(self.control, reply, [pidfd])
            os.close(pidfd)
        finally:
            for fd in fds:
                os.close(fd)
        return True

    def _clone(self, request: Request, fds: list[int]) -> tuple[Reply, int]:
        for module in request.modules:
            importlib.import_module(module)
        setup, added = request.setup, CloneFlag(0)
        if request.add_user and not self.privileged and setup.flags and not setup.flags & CloneFlag.CLONE_NEWUSER:
            added = CloneFlag.CLONE_NEWUSER
            setup = replace(setup, flags=setup.flags | added)
        maps = bool(setup.flags & CloneFlag.CLONE_NEWUSER)
        go = os.pipe2(os.O_CLOEXEC) if maps else (None, None)
        trace.take()
        pid = clone(setup.clone_flags)
        if pid == 0:
            if go[1] is not None:
                os.close(go[1])
            child.main(setup, request.task, fds, go[0])
        try:
            pidfd = os.pidfd_open(pid)
            if go[1] is not None:
                _write_maps(pid, setup)
                os.write(go[1], b"!")
        except BaseException:
            os.kill(pid, signal.SIGKILL)
            raise
        finally:
            for fd in go:
                if fd is not None:
                    os.close(fd)
        self.answers[pid] = os.dup(fds[0])
        return Reply(added, trace.take()), pidfd


def _write_maps(pid: int, setup: Setup) -> None:
    uid_map = idmap.root_map(os.geteuid()) if setup.uid_map is None else setup.uid_map
    gid_map = idmap.root_map(os.getegid()) if setup.gid_map is None else setup.gid_map
    idmap.write_maps(pid, uid_map, gid_map, setup.setgroups)
