"""The host as a place: one keeper and one fork server for each Python process that uses nslab.

And a second server below the first, for what needs modules that the first does without: each page of memory that a
server has makes each of its clones longer. The first stays as small as it began, whatever a notebook has done.
"""

from __future__ import annotations

import atexit
import contextlib
import contextvars
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass

from nslab.lab.client.child import Child
from nslab.lab.client.interrupts import held_back
from nslab.lab.client.place import Place, importable
from nslab.lab.power.refusals import filtered
from nslab.lab.server import inside
from nslab.lab.server.prepare import Setup
from nslab.lab.upkeep import log, numbers, session
from nslab.linux import memfile, ns, process, trace
from nslab.signals import signal_name

# A process that was cloned, but has not called exec, shows the environment that its ancestor was started with. So
# the mark has to be there when the keeper starts, with the keeper's own pid: the shell knows it, and then becomes that.
_MARK = f"""
read -r stat <"/proc/$$/stat"
i=2
for field in ${{stat##*)}}; do
    i=$((i + 1))
    [ $i -ne 22 ] || export {session.ENV}="$$-$field-$1-${session.KEEPER}"
done
shift
exec "$@"
"""
NAMED = 30.0
"""Seconds within which a keeper has its name; it takes some milliseconds."""
NOTED = 10.0
"""Seconds within which a keeper has noted why its fork server ended; it takes some milliseconds."""
_SCOPE = ("systemd-run", "--user", "--scope", "--quiet", "--collect", "--property=Delegate=yes", "--")
START = 30.0
"""Seconds within which the second server has to be ready; it takes about 3 ms."""


@dataclass(frozen=True)
class _Second:
    """The second server: its process, its control socket, and that of the first, below which it is."""

    child: Child
    control: socket.socket
    below: socket.socket

    def serves(self, first: socket.socket) -> bool:
        """Whether it is there, and below the server that has the control socket `first`."""
        return self.below is first and self.control.fileno() != -1 and self.child.alive

    def let_go(self) -> None:
        """Close its socket, with which it ends."""
        self.control.close()
        self.child.let_go()


class Host(Place):
    """The machine itself, as seen by this process; `prefix` is a command that starts the keeper somewhere special."""

    def __init__(self, prefix: tuple[str, ...] = ()) -> None:
        super().__init__()
        self._prefix = prefix
        self._start_lock = threading.Lock()
        self._second_lock = threading.Lock()
        self._second: _Second | None = None
        self._socket: socket.socket | None = None
        self._keeper: subprocess.Popen[bytes] | None = None
        self._log: int | None = None
        self._owner = os.getpid()
        self._user = _user()
        self._session = ""
        self._known: list[str] = []

    @property
    def known(self) -> list[str]:
        """Where its fork server imports from; empty before the first one was started."""
        return self._known

    @property
    def ns(self) -> dict[str, int]:
        """Namespace type → inode number of this process's own namespaces."""
        return ns.inodes()

    @property
    def session(self) -> str:
        """The name of this process's session."""
        keeper = self.keeper
        deadline = time.monotonic() + NAMED
        # The shell that becomes the keeper gives it the name, some milliseconds after it was started.
        while not self._session and time.monotonic() < deadline:
            # It becomes the shell, or has ended at once: the loop asks again, and then says so.
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                self._session = session.name_of(keeper)
            time.sleep(0 if self._session else 0.001)
        if not self._session:
            raise RuntimeError(f"the keeper {keeper} has ended, or has no name: run `nslab doctor` in a terminal")
        return self._session

    @property
    def keeper(self) -> int:
        """The pid of the process above all that this host makes; it is started when it does not run."""
        self._control()
        assert self._keeper
        return self._keeper.pid

    def _control(self) -> socket.socket:
        with self._start_lock:
            if self._owner != os.getpid():
                # After a fork() of the notebook kernel the socket is the parent's; two users would mix their answers.
                self._socket = self._keeper = self._second = None
                self._owner = os.getpid()
            ended = self._keeper is not None and self._keeper.poll() is not None
            if ended or (self._socket is not None and self._socket.fileno() == -1):
                self._socket = None
            if self._socket is not None and self._user != _user():
                # After os.setuid() the fork server would still do what the user before was allowed to.
                self._end()
            if self._socket is None:
                self._socket = self._start()
            return self._socket

    def _server(self, setup: Setup, modules: tuple[str, ...]) -> socket.socket:
        """The first server's socket, or the second's for what has to be imported there, and so may stay for ever.

        That is what a request says, what the first imports for a child that the id maps have no entry for, and what an
        experiment runs.
        """
        first = self._control()
        mapped = setup.uid_map is not None or setup.gid_map is not None
        if not modules and not mapped and trace.recording() is None:
            return first
        with self._second_lock:
            if self._second is None or not self._second.serves(first):
                if self._second is not None:
                    self._second.let_go()
                # In no experiment: it belongs to none, and outlives the one that needs it first.
                self._second = contextvars.Context().run(self._start_second, first)
            return self._second.control

    def _start_second(self, first: socket.socket) -> _Second:
        ours, theirs = socket.socketpair()
        with theirs, held_back():
            setup = Setup(cwd=process.working_directory())
            child = self.spawn(setup, inside.Serve("nslab-modules"), control=theirs.fileno(), add_user=False)
            if not child.wait_ready(START):
                raise RuntimeError(f"the second server was not ready within {START:.0f} s: `nslab doctor` tells why")
        return _Second(child, ours, first)

    def _start(self) -> socket.socket:
        without = filtered()
        if without:
            raise without
        numbers.check()
        numbers.check_children()
        _fill_standard_descriptors()
        ours, theirs = socket.socketpair()
        # -S: what site and its .pth files load would be copied at each clone. So it is told where modules are.
        here = str(pathlib.Path(__file__).resolve().parents[len(__name__.split(".")) - 1])
        paths = importable()
        search = os.pathsep.join([here, *(p for p in paths if p != here)])
        outer = {name: value for name, value in os.environ.items() if name != session.ENV}
        env = {**outer, "PYTHONPATH": search, session.KEEPER: session.token()}
        self._known = paths
        self._user = _user()
        client = os.pidfd_open(os.getpid())
        log_fd = memfile.bounded(log.MEMORY, log.SIZE)
        with theirs, os.fdopen(client):
            program = [sys.executable, "-S", "-P", "-m", "nslab.lab.server.keeper"]
            keeper = [*program, str(theirs.fileno()), str(client)]
            self._keeper = subprocess.Popen(
                [*self._prefix, "/bin/sh", "-c", _MARK, "nslab", str(session.namespace()), *keeper],
                pass_fds=[theirs.fileno(), client],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log_fd,
                # Python does not start in a directory that has been removed.
                cwd="/" if process.working_directory() == "/" else None,
                start_new_session=True,
                env=env,
            )
        if self._log is not None:
            os.close(self._log)
        self._log, self._session = log_fd, ""
        atexit.register(self.close)
        return ours

    def _gone(self) -> Exception:
        return RuntimeError(f"{self.why_ended()}; call again to start a new one")

    def why_ended(self) -> str:
        """Why its fork server ended, as far as its log has it, and where to look for more; it is kept for `nslab log`.

        The keeper has noted that within some milliseconds, as long as it is there itself.
        """
        keeper = self._keeper
        if keeper is None or self._log is None or self._owner != os.getpid():
            return "the fork server has ended"
        second = self._second
        if second is not None and not second.child.alive:
            with contextlib.suppress(TimeoutError):  # who would tell its status is busy, or has ended, too
                second.child.wait(NOTED)
            if not second.child.lost:
                return f"the second fork server has ended (it {second.child.how_ended()})"
        deadline = time.monotonic() + NOTED
        while keeper.poll() is None and log.END not in log.text_of(self._log) and time.monotonic() < deadline:
            time.sleep(0.005)
        text, status = log.text_of(self._log), keeper.returncode
        why = log.reason(text)
        if status and (status < 0 or not why):
            how = f"was killed by {signal_name(-status)}" if status < 0 else f"ended with status {status}"
            why = f"its keeper {how}"
        if status:
            # It had no time to do so itself.
            last = f"keeper {keeper.pid} ended with status {status}: {why}\n"
            log.save(self._session or f"keeper-{keeper.pid}", text + last)
        return f"the fork server has ended ({why or 'why was not noted'}); `nslab log` tells more"

    def close(self) -> None:
        """End the fork server and everything that it made; the next clone starts a new one."""
        with self._start_lock:
            if self._owner != os.getpid() or self._socket is None or self._keeper is None:
                return
            self._end()

    def _end(self) -> None:
        assert self._socket
        assert self._keeper
        if self._second is not None:
            self._second.let_go()
            self._second = None
        self._socket.close()
        self._socket = None
        # One that is stopped or clears up something large goes on by itself; nobody waits for ever here.
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._keeper.wait(5)
        self._keeper = None


def _fill_standard_descriptors() -> None:
    """Have 0, 1 and 2 open: sockets would be given the numbers of those that are not, and others write to these."""
    while (fd := os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)) <= 2:
        pass
    os.close(fd)


def _user() -> tuple[tuple[int, ...], tuple[int, ...]]:
    """All uids and gids of this process."""
    return os.getresuid(), os.getresgid()


_host = Host()
_scope = Host(_SCOPE)


def host() -> Host:
    """The one Host of this process."""
    return _host


def has_user_systemd() -> bool:
    """Whether this user has a systemd of his own, which can delegate a cgroup to him."""
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    return bool(shutil.which(_SCOPE[0])) and os.path.exists(f"{runtime}/systemd/private")


def scope_host() -> Host | None:
    """A second Host, in a cgroup that the user's systemd delegates to it; None where there is no such systemd."""
    if not has_user_systemd():
        return None
    try:
        _scope.call(os.getpid)
    except (RuntimeError, OSError):
        return None
    return _scope
