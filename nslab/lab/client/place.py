"""A place where processes can be made: the host, or a sandbox. Both answer to the same verbs."""

from __future__ import annotations

import os
import pickle
import shlex
import socket
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nslab.lab.client.child import Child, checked_timeout
from nslab.lab.client.interrupts import held_back
from nslab.lab.server import inside, wire
from nslab.lab.server.prepare import Setup
from nslab.linux import files, process, trace
from nslab.linux.flags import CloneFlag

if TYPE_CHECKING:
    from nslab.lab.client.sandbox import Sandbox


PATIENCE = 60.0
"""Seconds within which a server has to answer, which takes a millisecond, or some seconds to import large modules."""
KILLED = 3.0
"""Seconds in which a process that was killed is gone, unless it is frozen; it takes some milliseconds."""


@dataclass(frozen=True)
class Completed:
    """What a command wrote and how it ended: `status` is its exit status, or minus the number of a signal."""

    stdout: str
    stderr: str
    status: int

    def __str__(self) -> str:
        return self.stdout.rstrip("\n")

    def __repr__(self) -> str:
        text = (self.stdout + self.stderr).rstrip("\n")
        return text if self.status == 0 else f"{text}\n[exit status {self.status}]".lstrip("\n")


class Place:
    """Where `clone`, `call`, `run` and `sandbox` make their processes."""

    _sandbox: type[Sandbox]
    """The class of sandbox(), which is a Place itself: sandbox.py sets it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def _control(self) -> socket.socket:
        raise NotImplementedError

    def _server(self, setup: Setup, modules: tuple[str, ...]) -> socket.socket:
        """The control socket of the server that is to make a process with this Setup, after it has imported the
        modules.
        """
        return self._control()

    @property
    def known(self) -> list[str]:
        """The sys.path that the fork server was started with; one that has changed since is sent with the request."""
        raise NotImplementedError

    @property
    def ns(self) -> dict[str, int]:
        """Namespace type → inode number."""
        raise NotImplementedError

    def spawn(self, setup: Setup, task: Any, *, stream: bool = False, add_user: bool = True,
              modules: tuple[str, ...] = (), control: int | None = None) -> Child:  # fmt: skip
        """Make one process here and return its handle. Raises OSError as clone(2) does, or why it cannot be here."""
        made: list[Child] = []
        try:
            with held_back():
                made.append(self._spawn(setup, task, stream, add_user, modules, control))
        except KeyboardInterrupt:
            with trace.plumbing():
                for each in made:
                    each.kill()
            raise
        return made[0]

    def _spawn(self, setup: Setup, task: Any, stream: bool, add_user: bool, modules: tuple[str, ...],
               control: int | None) -> Child:  # fmt: skip
        control_socket = self._server(setup, modules)
        answers, theirs = socket.socketpair()
        ours: list[int] = []
        given: list[int] = []
        received: list[int] = []
        made: Child | None = None
        try:
            for _ in ("stdout", "stderr"):
                read, write = os.pipe()
                ours.append(read)
                given.append(write)
            record = trace.recording()
            fds = [theirs.fileno(), *given, *(fd for fd in (control, record) if fd is not None)]
            # The child's pidfd comes with the answer. Without a free number for it the kernel drops it: better to fail
            # here.
            os.close(os.dup(theirs.fileno()))
            recorded = 0 if record is None else inside.ASIDE if trace.is_aside() else inside.RECORDED
            request = wire.pack((tuple(setup), (type(task).__name__, *task), modules, add_user, recorded))
            with self._lock:
                try:
                    wire.send(control_socket, request, fds)
                    if not files.readable(control_socket.fileno(), PATIENCE):
                        raise TimeoutError(self._silent())
                    reply, received = wire.receive(control_socket)
                except BaseException as e:
                    closed = control_socket.fileno() == -1
                    # The answer that is still to come would be taken for the next request's. So the socket is closed,
                    # and the server ends with everything below it.
                    control_socket.close()
                    if closed and isinstance(e, OSError | ValueError):
                        raise wire.Closed from None  # another thread has ended this place meanwhile
                    raise
            answer, *values = reply
            if answer == wire.REFUSED:
                raise inside.explained(pickle.loads(values[0]), setup.flags)
            pid, added, calls = values
            number = self._number(pid, received[0])
            made = Child(number, received[0], answers, ours[0], ours[1], CloneFlag(added),
                         [trace.Syscall(*call) for call in calls], stream, self.why_ended)  # fmt: skip
            made.begin()
            return made
        except BaseException as e:
            if made is None:
                _close(answers, *ours, *received)
            else:
                made.let_go()
            if isinstance(e, wire.Closed):
                raise self._gone() from None
            raise
        finally:
            _close(theirs, *given)

    def _number(self, pid: int, pidfd: int) -> int:
        """A child's pid as seen from here, given its number in this place's own pid namespace."""
        return pid

    def _silent(self) -> str:
        return (
            f"the fork server did not answer for {PATIENCE:.0f} s: it is stopped or frozen (kill -CONT, or thaw() of "
            "the cgroup that it is in, wakes it, and then it ends); call again to start a new one"
        )

    def _gone(self) -> Exception:
        raise NotImplementedError

    def why_ended(self) -> str:
        """Why what makes the processes here has ended, in a sentence's words."""
        raise NotImplementedError

    def clone(self, fn: Callable[..., Any], *flags: CloneFlag, args: Sequence[Any] = (), stream: bool = True,
              userns: str = "auto", **setup: Any) -> Child:  # fmt: skip
        """Call `fn(*args)` in a new process with the CLONE_NEW* `flags`; see `nslab.clone`."""
        from nslab.lab.client.options import checked_setup

        if not callable(fn):
            raise TypeError(f"fn={fn!r}: give a function, such as os.getpid or lambda: 42")
        if not isinstance(args, list | tuple):
            raise TypeError(f"args={args!r}: give a list or tuple, such as args=(7,)")
        add_user = _checked_userns(userns)
        ready = checked_setup(flags, setup)
        task, modules = _task(fn, args, self.known)
        return self.spawn(ready, task, stream=stream, add_user=add_user, modules=modules)

    def call(self, fn: Callable[..., Any], *args: Any, stream: bool = True) -> Any:
        """Call `fn(*args)` in a new process here and return its result, or raise what it raised."""
        return self.clone(fn, args=args, stream=stream).result()

    def load(self, module: str) -> None:
        """Import a module here once, so that the processes made from now on need not. Raises ImportError."""
        self.spawn(Setup(), inside.Named("os", "getpid"), modules=(module,)).wait()

    def run(self, command: str | Sequence[str], *, timeout: float | None = None) -> Completed:
        """Run a command here: a string by /bin/sh, a list as it is.

        Returns what it wrote and its exit status. Raises TimeoutError after `timeout` seconds (the command is
        then killed), FileNotFoundError for a program that is not there.
        """
        if not isinstance(command, str) and not (
            isinstance(command, Sequence) and all(isinstance(c, str) for c in command)
        ):
            raise TypeError(f"command={command!r}: give a string for the shell, or a list of strings")
        if not command or not command[0]:
            raise ValueError(f"command={command!r} is empty: give a command, such as 'hostname'")
        if any("\0" in part for part in command):
            raise ValueError(f"command={command!r} has a null byte, which no program can be given")
        checked_timeout(timeout)
        argv = ("/bin/sh", "-c", command) if isinstance(command, str) else tuple(command)
        ran = self.spawn(Setup(cwd=process.working_directory()), inside.Exec(argv))
        try:
            status = ran.wait(timeout)
        except TimeoutError:
            raise TimeoutError(_after_its_time(ran, command, timeout)) from None
        if ran.failed:
            ran.result()
        return Completed(ran.stdout, ran.stderr, status)

    def sandbox(self, **options: Any) -> Sandbox:
        """Start a sandbox from here, inside this one; options as for `nslab.Sandbox`."""
        return self._sandbox(parent=self, **options)


def _task(fn: Callable[..., Any], args: Sequence[Any], known: list[str]) -> tuple[Any, tuple[str, ...]]:
    """What to send, and the modules that the fork server is to load once, so that not every child has to."""
    module = getattr(fn, "__module__", None) or "__main__"
    ours = (module,) if module.startswith("nslab.") else ()
    # By name where the child can import the function (10 times faster), by value where a cell has defined it.
    name = getattr(fn, "__name__", "")
    path = importable()
    changed = tuple(path) if known and path != known else ()
    findable = module != "__main__" and (ours or not changed)
    if findable and not args and getattr(sys.modules.get(module), name, None) is fn:
        return inside.Named(module, name), ours
    from nslab.lab.client import pickling

    try:
        pickled = pickling.dumps((fn, tuple(args)))
    except Exception as e:
        raise TypeError(f"fn={fn!r} with args={tuple(args)!r} cannot be sent to a child: {e}") from e
    call = inside.Call(pickled.data, changed, pickled.harmless)
    return call, (*ours, "cloudpickle") if pickled.needs_cloudpickle else ours


def importable() -> list[str]:
    """Where this process imports from now."""
    return [each or process.working_directory() for each in sys.path if type(each) is str]


def _after_its_time(ran: Child, command: str | Sequence[str], timeout: float | None) -> str:
    """Kill a command that takes too long; return what is to be said of it."""
    shown = command if isinstance(command, str) else shlex.join(command)
    with trace.plumbing():
        ran.kill()
    try:
        ran.wait(KILLED)
    except TimeoutError:
        return f"{shown!r} was sent SIGKILL after {timeout} s and is still there: what is frozen has to be thawed first"
    return f"{shown!r} was killed after {timeout} s"


def _checked_userns(value: object) -> bool:
    from nslab.errors import checked_choice

    return checked_choice("userns", value, ["auto", "never"]) == "auto"


def _close(answers: socket.socket, *fds: int) -> None:
    answers.close()
    for fd in fds:
        os.close(fd)
