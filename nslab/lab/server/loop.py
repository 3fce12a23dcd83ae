"""The loop that makes every clone(): in the fork server, and again inside each sandbox.

One thread, no locks. It reads requests from its socket, clones, and tells each child's end to whoever
asked for it. When its socket closes it kills everything below it and returns.
"""

from __future__ import annotations

import _pickle  # pickle itself brings the module re, which would be copied at each clone
import importlib
import os
import select
import socket
from collections import namedtuple
from errno import ENOSYS

from nslab.lab.server import function as function  # here once, and not in each child that is sent a function
from nslab.lab.server import inside, wire
from nslab.lab.server.prepare import NEWUSER, Setup, steps
from nslab.lab.upkeep import cleanup
from nslab.linux import cgroupfs, files, idmap, process, trace
from nslab.linux.clone import clone

# `typing` is left out at run time in what the fork server loads: its 0.6 MB would be copied at each clone.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_FOR_ANOTHER_USER = ("cloudpickle", "nslab.lab.server.remote_errors", "nslab.linux.caps")
ORPHANS = 100
"""Milliseconds between two looks for orphans that have ended, which no event tells of."""


class Request(namedtuple("Request", "setup task modules add_user recorded", defaults=((), True, 0))):
    """One clone: what to set up, what to run, and which modules of nslab it needs.

    Its descriptors are, in this order: the answers' socket, stdout, stderr, a control socket for `serve`, and where it
    is `recorded` (inside.RECORDED or ASIDE), the recording.
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
        # Asked once: none of it changes as long as this process serves.
        self.privileged = process.has_capability(process.CAP_SYS_ADMIN)
        # Without the right to set groups, setgroups has to be denied before gid_map is written (user_namespaces(7)).
        self.groups = files.read("/proc/self/setgroups") if process.has_capability(process.CAP_SETGID) else "deny"
        self.cwd = process.working_directory()
        self.own_proc = process.own_proc()
        # The recording during which this server was made. Each request has its own.
        self.recording = trace.recording()

    def run(self) -> None:
        """Serve until the other end is gone; then leave nothing behind."""
        with trace.plumbing():
            process.become_subreaper()
        while os.open("/dev/null", os.O_RDONLY | os.O_CLOEXEC) < inside.LOWEST:
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
        with trace.plumbing():
            cleanup.kill_descendants()

    def _bury_orphans(self) -> None:
        """Reap the orphans that this process was given (it is a subreaper), whose end makes no event. Without any
        child, poll without a timeout again.
        """
        try:
            while ended := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT):
                if ended.si_pid in {pid for pid, _ in self.answers.values()}:
                    return  # a child of a request: its pidfd makes an event, and its status is to be sent
                os.waitpid(ended.si_pid, 0)
        except ChildProcessError:
            self.patience = None

    def _ended(self, pidfd: int) -> None:
        pid, answers = self.answers.pop(pidfd)
        self.poll.unregister(pidfd)
        os.close(pidfd)
        self._tell(answers, os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))

    def _tell(self, answers: int, status: int) -> None:
        """Send a child's status; once there is room, where the child's own answer still fills the socket."""
        os.set_blocking(answers, False)
        try:
            wire.write(answers, {"exit": status})
        except BlockingIOError:
            self.untold[answers] = status
            self.poll.register(answers, select.POLLOUT)
            return
        except wire.Closed:
            pass  # nobody waits for it any more
        os.close(answers)

    def _serve(self) -> bool:
        try:
            (setup, task, modules, add_user, recorded), fds = wire.receive(self.control)
        except wire.Closed:
            return False
        try:
            trace.record_process(fds[-1] if recorded else None, recorded == inside.ASIDE)
            try:
                request = Request(Setup(*setup), _task(task), modules, add_user, recorded)
                reply, pidfd = self._clone(request, fds)
            except Exception as e:
                wire.send(self.control, wire.pack((wire.REFUSED, _pickle.dumps(e))))
            else:
                wire.send(self.control, wire.pack((wire.MADE, *reply)), [pidfd])
        except wire.Closed:
            return False
        finally:
            trace.record_process(self.recording)
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
        if maps:
            setup = self._with_maps(setup)
        waits = maps or bool(setup.join)
        todo = () if setup.is_met_in(self.cwd) else steps(setup)
        task = request.task.ready()
        go = os.pipe2(os.O_CLOEXEC) if waits else (None, None)
        trace.take()
        into = os.open(setup.into, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC) if setup.into else None
        try:
            # A clone without flags is only the process that an experiment runs in, so its call is plumbing.
            pid = clone(setup.clone_flags, into, aside=not (setup.flags or setup.into or setup.join))
        except OSError as e:
            for each in go:
                if each is not None:
                    os.close(each)
            other = setup.without_clone3() if e.errno == ENOSYS else None
            if other is None:
                raise
            (made, also_added, calls), its_fd = self._clone(request._replace(setup=other), fds)
            return (made, also_added | added, calls), its_fd
        finally:
            if into is not None:
                os.close(into)
        if pid == 0:
            if go[1] is not None:
                os.close(go[1])
            inside.main(setup.flags, todo, task, fds, go[0], request.recorded)
        self.patience = ORPHANS
        pidfd = None
        try:
            pidfd = os.pidfd_open(pid)
            for directory in setup.join:
                cgroupfs.add(directory, pid)
            if maps:
                # Where the mounted /proc is that of another pid namespace, the child has another number there.
                self._write_maps(pid if self.own_proc else process.pid_of(pidfd), setup)
            if go[1] is not None:
                os.write(go[1], b"!")
        except BaseException:
            with trace.plumbing():
                process.kill(pid)
            if pidfd is not None:
                files.readable(pidfd, ORPHANS / 1000)
                os.close(pidfd)
            # Where it is frozen it has not ended yet; it is then reaped later, as an orphan is.
            os.waitpid(pid, os.WNOHANG)
            raise
        finally:
            for fd in go:
                if fd is not None:
                    os.close(fd)
        self.answers[pidfd] = pid, os.dup(fds[0])
        self.poll.register(pidfd, select.POLLIN)
        return (pid, added, trace.plain()), pidfd

    def _with_maps(self, setup: Setup) -> Setup:
        """The Setup with its maps written out, and with the ids that the child has to take where the maps have no entry
        for it.
        """
        uid, gid = os.geteuid(), os.getegid()
        uid_map = idmap.root_map(uid) if setup.uid_map is None else setup.uid_map
        gid_map = idmap.root_map(gid) if setup.gid_map is None else setup.gid_map
        groups = setup.setgroups or ("deny" if self.groups == "deny" else None)
        ids = idmap.needed(uid_map, uid), idmap.needed(gid_map, gid)
        taken = None
        if ids != (None, None):
            taken = (*ids, ids[1] is not None and groups != "deny")
            # Imported now: the child's new user may not be allowed to read the files of these modules.
            for module in _FOR_ANOTHER_USER:
                importlib.import_module(module)
        return setup._replace(uid_map=uid_map, gid_map=gid_map, setgroups=groups, ids=taken)

    def _write_maps(self, pid: int, setup: Setup) -> None:
        idmap.write_maps(pid, setup.uid_map, setup.gid_map, setup.setgroups)


class Serve(inside.Serve):
    """The child of a sandbox serves as its parent does."""

    __slots__ = ()

    def ready(self) -> Serve:
        """What the child shall do."""
        return self

    def run(self) -> int:
        process.set_name(self.name)
        wire.write(inside.ANSWERS, {"ready": True, "calls": trace.plain()})
        Server(socket.socket(fileno=inside.CONTROL)).run()
        return 0


_TASKS = {cls.__name__: cls for cls in (inside.Named, inside.Call, inside.Exec, Serve)}


def _task(plain: tuple[Any, ...]) -> Any:
    """The task that was sent as plain values: its class's name and its fields."""
    name, *fields = plain
    return _TASKS[name](*fields)
