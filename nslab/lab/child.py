"""The child's side of a clone: set up the namespaces, run what was asked, send back what came of it."""

from __future__ import annotations

import fcntl
import os
import pickle
import signal
import socket
import sys
from dataclasses import dataclass
from typing import Any, NoReturn

from nslab.lab import wire
from nslab.lab.setup import Setup, prepare
from nslab.linux import process, trace

ANSWERS, CONTROL = 3, 4


@dataclass(frozen=True)
class Call:
    """Call a pickled function: `payload` is cloudpickle's of (function, args, kwargs)."""

    payload: bytes

    def run(self, answers: socket.socket) -> int:
        function, args, kwargs = pickle.loads(self.payload)
        value = function(*args, **kwargs)
        answer(answers, "value", value)
        return 0


@dataclass(frozen=True)
class Exec:
    """Become another program."""

    argv: tuple[str, ...]

    def run(self, answers: socket.socket) -> NoReturn:
        wire.send(answers, {"calls": trace.take()})
        # What Python ignores for its own sake, a program expects to find at the default (signal(7)).
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        os.execvp(self.argv[0], self.argv)


@dataclass(frozen=True)
class Serve:
    """Stay, and make further clones from inside the new namespaces."""

    name: str

    def run(self, answers: socket.socket) -> int:
        from nslab.lab.server import Server

        process.set_name(self.name)
        wire.send(answers, {"ready": True, "calls": trace.take()})
        Server(socket.socket(fileno=CONTROL)).run()
        return 0


def main(setup: Setup, task: Any, fds: list[int], go: int) -> NoReturn:
    """Run the task in this new process, and end the process. `fds` are those of the Request."""
    status = 1
    try:
        _own_descriptors(fds, go)
        answers = socket.socket(fileno=ANSWERS)
        try:
            prepare(setup)
            status = task.run(answers)
        except SystemExit as e:
            status = _exit_status(e)
            answer(answers, "value", None)
        except BaseException as e:
            # Whatever it is, it belongs to the caller: it has to arrive there as itself.
            answer(answers, "raised", e)
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException:
        status = 1
    finally:
        # Not sys.exit(): the fork server's frames lie below this one on the stack.
        os._exit(status)


def _own_descriptors(fds: list[int], go: int) -> None:
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    if not os.read(go, 1):
        os._exit(1)  # the server could not write the id maps, and says so itself
    process.die_with_parent()
    null = os.open("/dev/null", os.O_RDONLY)
    # First out of the way of the places they shall take, then into them.
    high = [fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 16) for fd in (null, fds[1], fds[2], fds[0], *fds[3:])]
    for low, fd in enumerate(high):
        os.dup2(fd, low, inheritable=low < ANSWERS)
    # Whatever else the server had open is not the child's; a copy of it would hide the server's end.
    process.close_from(len(high))
    # The calls up to here are nslab's plumbing; the record is for the experiment's own.
    trace.take()


def answer(answers: socket.socket, kind: str, value: Any) -> None:
    """Send the value that the function returned, or the exception that it raised, with the calls it made."""
    import cloudpickle

    if kind == "raised":
        import tblib.pickling_support

        tblib.pickling_support.install(value)
        # The first frames are the fork server's and this file's, which are not the learner's business.
        value.__traceback__ = _learners_frames(value)
    try:
        data = cloudpickle.dumps(value)
    except Exception as e:
        kind, data = "raised", cloudpickle.dumps(
            TypeError(f"what the child {'returned' if kind == 'value' else 'raised'} cannot be sent back: {value!r}: {e}")
        )  # fmt: skip
    wire.send(answers, {kind: data, "calls": trace.take()})


def _learners_frames(e: BaseException) -> Any:
    tb = e.__traceback__
    while tb is not None and tb.tb_next is not None and tb.tb_frame.f_code.co_filename == __file__:
        tb = tb.tb_next
    return tb


def _exit_status(e: SystemExit) -> int:
    if e.code is None:
        return 0
    if isinstance(e.code, int):
        return e.code & 0xFF
    print(e.code, file=sys.stderr)
    return 1
