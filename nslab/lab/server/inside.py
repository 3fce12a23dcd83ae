"""The child's side of a clone: set up the namespaces, run what was asked, send back what came of it."""

from __future__ import annotations

import _pickle  # pickle itself brings the module re, which would be copied at each clone
import importlib
import os
import signal
import sys
from collections import namedtuple

from nslab.lab.server import wire
from nslab.linux import process, trace

# `typing` is left out at run time in what the fork server loads: its 0.6 MB would be copied at each clone.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any, NoReturn

ANSWERS, CONTROL, RECORD, LOWEST = 3, 4, 5, 8
"""Numbers of a child's descriptors: its answers, the control socket that it serves, the recording of its calls. And the
lowest number that a server itself uses."""
RECORDED, ASIDE = 1, 2
"""How a Request is `recorded`: as the experiment's, or as nslab's plumbing."""
_HIGHEST = min(os.sysconf("SC_OPEN_MAX"), 65536)


class Ready(namedtuple("Ready", "function args")):
    """Call a function that the server has found or made already: a child does as little as can be."""

    __slots__ = ()

    def run(self) -> int:
        answer("value", self.function(*self.args))
        return 0


class Named(namedtuple("Named", "module name")):
    """Call a function without arguments, by its name: importing it touches fewer pages than unpickling does."""

    __slots__ = ()

    def ready(self) -> Any:
        """What the child shall do: as little as can be, if the server has that module."""
        function = vars(sys.modules.get(self.module, sys)).get(self.name)
        return self if self.module not in sys.modules or function is None else Ready(function, ())

    def run(self) -> int:
        module = sys.modules.get(self.module) or importlib.import_module(self.module)
        answer("value", getattr(module, self.name)())
        return 0


class Call(namedtuple("Call", "payload path harmless", defaults=((), False))):
    """Call a pickled function: `payload` is the pickle of (function, args), `path` where to import from if that has
    changed since the fork server started. One that is `harmless` to read the server reads itself.
    """

    __slots__ = ()

    def ready(self) -> Any:
        """What the child shall do."""
        return Ready(*_pickle.loads(self.payload)) if self.harmless and not self.path else self

    def run(self) -> int:
        if self.path:
            sys.path[:] = [*self.path, *(each for each in sys.path if each not in self.path)]
        function, args = _pickle.loads(self.payload)
        answer("value", function(*args))
        return 0


class Exec(namedtuple("Exec", "argv")):
    """Become another program."""

    __slots__ = ()

    def ready(self) -> Any:
        """What the child shall do."""
        return self

    def run(self) -> NoReturn:
        wire.write(ANSWERS, {"calls": trace.plain()})
        # What Python ignores for its own sake, a program expects to find at the default (signal(7)).
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        try:
            os.execvp(self.argv[0], self.argv)
        except OSError as e:
            e.filename = self.argv[0]
            raise


class Serve(namedtuple("Serve", "name")):
    """Stay, and make further clones from inside the new namespaces. How is in loop.py, which imports this file."""

    __slots__ = ()


_PLAIN = (type(None), int, str, float, bool, bytes)
_forked = False
"""Whether os.fork() made this process. What a child forks runs the same code, and must not answer in the child's
name."""


def _note_fork() -> None:
    global _forked
    _forked = True


# Only os.fork() runs these hooks; nslab's own clone() does not.
os.register_at_fork(after_in_child=_note_fork)


def main(flags: int, steps: Iterable[Callable[[], object]], task: Any, fds: list[int], go: int | None,
         recorded: int = 0) -> NoReturn:  # fmt: skip
    """Take the steps and run the task in this new process, which was made with these flags, and end the process.
    `fds` are those of the Request.

    What is touched here is copied, a page at a time, at each clone: keep it short.
    """
    status = 1
    try:
        if go is not None and not os.read(go, 1):
            os._exit(1)  # the server could not write the id maps or move it, and says so itself
        _own_process(fds, recorded)
        ready = False
        try:
            for step in steps:
                step()
            ready = True
            status = task.run()
        except SystemExit as e:
            status = _exit_status(e)
            answer("value", None)
        except BaseException as e:
            # Every exception is sent to the caller, who gets it as it was raised.
            answer("raised", e if ready or not isinstance(e, OSError) else explained(e, flags))
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException:
        status = 1
    finally:
        # Not sys.exit(): the fork server's frames lie below this one on the stack.
        os._exit(status)


def explained(error: Exception, flags: int) -> Exception:
    """The error, or the Unsupported that tells what is behind it. It may come late: where AppArmor restricts user
    namespaces they can be made, and then nothing can be done inside.
    """
    # Loaded here, when something has failed: the fork server imports this file.
    from nslab.lab.power.refusals import explain

    return explain(error, flags)


def _own_process(fds: list[int], recorded: int) -> None:
    process.die_with_parent()
    # The server's own descriptors begin at LOWEST, so none of those that are copied here is overwritten before its
    # turn.
    os.dup2(fds[1], 1)
    os.dup2(fds[2], 2)
    os.dup2(fds[0], ANSWERS, False)
    # Everything else that the server has open is closed: a copy in the child would keep the other end from seeing the
    # server's end.
    lowest = CONTROL
    if len(fds) > 3 + (recorded > 0):
        os.dup2(fds[3], CONTROL, False)
        lowest = RECORD
    if recorded:
        os.closerange(lowest, RECORD)
        os.dup2(fds[-1], RECORD, False)
        lowest = RECORD + 1
        trace.record_process(RECORD, recorded == ASIDE)
    os.closerange(lowest, _HIGHEST)
    if "random" in sys.modules:
        sys.modules["random"].seed()
    # The calls up to here are nslab's plumbing; the record is for the experiment's own.
    trace.take()


def answer(kind: str, value: Any) -> None:
    """Send the value that the function returned, or the exception that it raised, with the calls it made."""
    if _forked:
        if kind == "raised":
            import traceback

            traceback.print_exception(value)
        return
    if kind == "value" and type(value) in _PLAIN:
        wire.write(ANSWERS, {"plain": value, "calls": trace.plain()})
        return
    if kind == "raised":
        from nslab.lab.server import remote_errors

        data = remote_errors.pickled(value, __file__)
    else:
        kind, data = _pickled(value)
    wire.write(ANSWERS, {kind: data, "calls": trace.plain()})


def _pickled(value: object) -> tuple[str, bytes]:
    """The value that was returned, pickled, or why it cannot be."""
    try:
        return "value", _pickle.dumps(value)
    except Exception:
        # It has something in it that a cell has defined, so it is sent by value.
        import cloudpickle

        try:
            return "value", cloudpickle.dumps(value)
        except Exception as e:
            from nslab.lab.server import remote_errors

            return "raised", remote_errors.refused("returned", value, e)


def _exit_status(e: SystemExit) -> int:
    if e.code is None:
        return 0
    if isinstance(e.code, int):
        return e.code & 0xFF
    print(e.code, file=sys.stderr)
    return 1
