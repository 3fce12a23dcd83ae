"""The loop that makes every clone(): in the fork server, and again inside each sandbox.

One thread, no locks. It reads requests from its socket, clones, and tells each child's end to whoever
asked for it. When its socket closes it kills everything below it and returns.
"""

from __future__ import annotations

import importlib
import os
import select
import signal
import socket
from collections import namedtuple

from nslab.lab import child, cleanup, wire
from nslab.lab.setup import NEWUSER, Setup
from nslab.linux import cgroupfs, files, idmap, process, trace
from nslab.linux.clone import clone

# `typing` is left out at run time in what the fork server loads: its 0.6 MB would be copied at each clone.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

ORPHANS = 100
"""Milliseconds after which a child that ended is looked for, where nothing else says that it did."""


class Request(namedtuple("Request", "setup task modules add_user", defaults=((), True))):
    """One clone: what to set up, what to run, and which modules of nslab it needs.

    Its descriptors are, in this order: the answers' socket, stdout, stderr, and a control socket for `serve`.
    """

    __slots__ = ()


class Server:
    """Serves one control socket until it closes, or until `lifeline` (a pipe's read end) does."""

    def __init__(self, control: socket.socket, lifeline: int | None = None) -> None:
        self.control, self.lifeline = control, lifeline
        self.poll = select.poll()
        self.patience: int | None = None
        self.answers: dict[int, tuple[int, int]] = {}
        self.untold: dict[int, int] = {}
        self.privileged = process.has_capability(process.CAP_SYS_ADMIN)
        # Asked once: neither changes as long as this process serves.
        self.groups = files.read("/proc/self/setgroups") if os.geteuid() == 0 else "deny"
        self.cwd = process.working_directory()
        self.own_proc = os.readlink("/proc/self") == str(os.getpid())

    def run(self) -> None:
        """Serve until the other end is gone; then leave nothing behind."""
        process.become_subreaper()
        while os.open("/dev/null", os.O_RDONLY | os.O_CLOEXEC) < child.LOWEST:
            pass
        control = self.control.fileno()
        self.poll.register(control, select.POLLIN)
        if self.lifeline is not None:
            self.poll.register(self.lifeline, select.POLLIN)
        serving = True
        while serving:
            events = self.poll.poll(self.patience)
            if not events:
                self._bury_orphans()
            for fd, _ in events:
                if fd in self.answers:
                    self._ended(fd)
                elif fd in self.untold:
                    self.poll.unregister(fd)
                    self._tell(fd, self.untold.pop(fd))
                elif fd == control:
                    serving = serving and self._serve()
                else:
                    serving = False
        cleanup.kill_descendants()

    def _bury_orphans(self) -> None:
        """Wait for those that were left to this process: their end makes no event. Sleep well when there are none."""
        try:
            while ended := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT):
                if ended.si_pid in {pid for pid, _ in self.answers.values()}:
                    return  # it has an event of its own, and its status is somebody's
                os.waitpid(ended.si_pid, 0)
        except ChildProcessError:
            self.patience = None

    def _ended(self, pidfd: int) -> None:
        pid, answers = self.answers.pop(pidfd)
        self.poll.unregister(pidfd)
        os.close(pidfd)
        self._tell(answers, os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))

    def _tell(self, answers: int, status: int) -> None:
        """Send a child's status; later, when what it has answered itself still fills the socket."""
        os.set_blocking(answers, False)
        try:
            wire.write(answers, {"exit": status})
        except BlockingIOError:
            self.untold[answers] = status
            self.poll.register(answers, select.POLLOUT)
            return
        except wire.Closed:
            pass
        os.close(answers)

    def _serve(self) -> bool:
        try:
            (setup, task, modules, add_user), fds = wire.receive(self.control)
        except wire.Closed:
            return False
        try:
            try:
                reply, pidfd = self._clone(Request(Setup(*setup), child.task(task), modules, add_user), fds)
            except Exception as e:
                wire.send(self.control, wire.pack((_pickled(e), trace.plain())))
            else:
                wire.send(self.control, wire.pack(reply), [pidfd])
        except wire.Closed:
            return False
        finally:
            for fd in fds:
                os.close(fd)
        return True

    def _clone(self, request: Request, fds: list[int]) -> tuple[tuple[Any, ...], int]:
        for module in request.modules:
            importlib.import_module(module)
        setup, added = request.setup, 0
        if request.add_user and not self.privileged and setup.flags and not setup.flags & NEWUSER:
            added = NEWUSER
            setup = setup._replace(flags=setup.flags | added)
        maps = bool(setup.flags & NEWUSER)
        waits = maps or bool(setup.join)
        to_prepare = None if setup.is_met_in(self.cwd) else setup
        go = os.pipe2(os.O_CLOEXEC) if waits else (None, None)
        trace.take()
        into = os.open(setup.into, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC) if setup.into else None
        try:
            pid = clone(setup.clone_flags, into)
        finally:
            if into is not None:
                os.close(into)
        if pid == 0:
            if go[1] is not None:
                os.close(go[1])
            child.main(to_prepare, request.task, fds, go[0])
        self.patience = ORPHANS
        pidfd = None
        try:
            pidfd = os.pidfd_open(pid)
            for directory in setup.join:
                cgroupfs.add(directory, pid)
            if maps:
                # Where /proc is another pid namespace's, it has another number for the child.
                self._write_maps(pid if self.own_proc else process.pid_of(pidfd), setup)
            if go[1] is not None:
                os.write(go[1], b"!")
        except BaseException:
            os.kill(pid, signal.SIGKILL)
            if pidfd is not None:
                files.readable(pidfd, ORPHANS / 1000)
                os.close(pidfd)
            # Or, if it is frozen, it is buried later, as an orphan is.
            os.waitpid(pid, os.WNOHANG)
            raise
        finally:
            for fd in go:
                if fd is not None:
                    os.close(fd)
        self.answers[pidfd] = pid, os.dup(fds[0])
        self.poll.register(pidfd, select.POLLIN)
        return (pid, added, trace.plain()), pidfd

    def _write_maps(self, pid: int, setup: Setup) -> None:
        uid_map = idmap.root_map(os.geteuid()) if setup.uid_map is None else setup.uid_map
        gid_map = idmap.root_map(os.getegid()) if setup.gid_map is None else setup.gid_map
        deny = "deny" if self.groups == "deny" else None
        idmap.write_maps(pid, uid_map, gid_map, setup.setgroups or deny)


def _pickled(e: Exception) -> bytes:
    import pickle

    return pickle.dumps(e)
