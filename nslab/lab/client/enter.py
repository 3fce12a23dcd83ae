"""A shell on this terminal inside all namespaces of a sandbox."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
from collections.abc import Iterator
from typing import NamedTuple, NoReturn

from nslab.lab.client import outside, terminal
from nslab.lab.upkeep import cleanup, numbers, session
from nslab.linux import caps, files, idmap, ns, process, wakeup
from nslab.linux.flags import FLAGS, CloneFlag

GONE = 129
"""Exit status when the sandbox ended first: as of a shell whose terminal hung up (128 + SIGHUP)."""
KILLED = 3.0
"""Seconds in which a program that was killed is gone, unless it is frozen."""
_KEYS = (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP, signal.SIGTERM)


class _Visit(NamedTuple):
    """Who goes where: `sandbox` is a pidfd of its first process, `flags` name the namespaces to join.

    `ids` are the uid and the gid that this process has inside.
    """

    sandbox: int
    flags: CloneFlag
    name: str
    argv: list[str] | None
    cwd: str
    ids: tuple[int, int] = (0, 0)
    door: outside.Door | None = None


def enter(pid: int, name: str, argv: list[str] | None = None) -> int:
    """Join all namespaces of process `pid` and run a shell, or `argv`, there; return its exit status.

    On a terminal it gets a terminal of its own, which follows the size of this one. It ends with the sandbox,
    and what it has started in the background ends with it. Raises ProcessLookupError when there is no `pid`, and
    `nslab.Unsupported` where /proc would show another process under that number.
    """
    numbers.check()
    sandbox, door = os.pidfd_open(pid), outside.Door()
    try:
        visit = _Visit(sandbox, _different(pid), name, argv, process.working_directory(), _ids(pid), door)
        status = _on_terminal(visit) if os.isatty(0) and os.isatty(1) else _on_pipes(visit)
        if status == GONE and files.readable(sandbox):
            print(f"The sandbox {name} has ended, and with it what ran in here.", file=sys.stderr)
        return status
    finally:
        door.close()
        os.close(sandbox)


def _different(pid: int) -> CloneFlag:
    own, theirs = ns.inodes(), ns.inodes(pid)
    flags = CloneFlag(0)
    for kind, inode in theirs.items():
        if own.get(kind) != inode:
            flags |= FLAGS[kind]
    return flags


def _ids(pid: int) -> tuple[int, int]:
    """The uid and the gid of a process as its own user namespace numbers them; 0 for one without a number there."""
    found = []
    for field in ("Uid", "Gid"):
        outside = int(process.status(pid)[field].split()[1])
        found.append(idmap.inside(idmap.read(field.lower(), pid), outside) or 0)
    return found[0], found[1]


# -- this side -----------------------------------------------------------------------------------------


def _on_pipes(visit: _Visit) -> int:
    with _guard(visit) as guard:
        # Ctrl-C reaches the command itself, which decides what comes of it.
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            return _wait(guard)
        finally:
            signal.signal(signal.SIGINT, before)


def _on_terminal(visit: _Visit) -> int:
    if visit.argv is None:
        print(f"Inside {visit.name}. 'exit' leaves it; the sandbox stays.", flush=True)
    outer, inner = terminal.opened()
    try:
        with _guard(visit, inner) as guard:
            os.close(inner)
            inner = -1
            terminal.relay(outer, guard)
            return _wait(guard)
    finally:
        os.close(outer)
        if inner != -1:
            os.close(inner)


@contextlib.contextmanager
def _guard(visit: _Visit, inner: int | None = None) -> Iterator[int]:
    """Start the process that joins the sandbox; give its pid. It ends with us, however that happens."""
    lifeline, end = os.pipe()
    guard = process.fork()
    if guard == 0:
        os.close(end)
        _inside(visit, inner, lifeline)
    os.close(lifeline)
    if visit.door:
        visit.door.serve()
    handlers = {s: signal.signal(s, _leave) for s in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield guard
    except BaseException:
        os.close(end)
        end = -1
        os.waitpid(guard, 0)
        raise
    finally:
        if end != -1:
            os.close(end)
        for number, handler in handlers.items():
            signal.signal(number, handler)


def _leave(number: int, _: object) -> NoReturn:
    raise SystemExit(128 + number)


def _wait(pid: int) -> int:
    wakeup.wait_for_end(pid)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return code if code >= 0 else 128 - code


# -- the other side ------------------------------------------------------------------------------------


def _inside(visit: _Visit, inner: int | None, lifeline: int) -> NoReturn:
    """Join the sandbox and run the program there, until it, the sandbox or our parent ends."""
    status = 126
    try:
        _join(visit)
        process.become_subreaper()
        handlers = {s: signal.signal(s, signal.SIG_IGN) for s in _KEYS}
        program = process.fork()  # a pid namespace that was joined is that of the children (setns(2))
        if program == 0:
            for number, handler in handlers.items():
                signal.signal(number, handler)
            _become(visit, inner)
        if inner is not None:
            os.close(inner)
        status = _watch(program, visit.sandbox, lifeline)
        cleanup.kill_descendants()
    except OSError as e:
        os.write(2, f"nslab enter: {e.strerror}\r\n".encode())
    finally:
        os._exit(status)


def _join(visit: _Visit) -> None:
    if visit.flags:
        ns.setns(visit.sandbox, visit.flags)
    if visit.flags & CloneFlag.CLONE_NEWUSER:
        # Root outside may have no number inside; so become who its first process is, as a rule the root inside.
        uid, gid = visit.ids
        for call in (lambda: caps.setgroups([]), lambda: caps.setgid(gid), lambda: caps.setuid(uid)):
            # What the id maps have no entry for, or a filter forbids, stays as it is: the shell starts all the same.
            with contextlib.suppress(OSError):
                call()
    if visit.flags & CloneFlag.CLONE_NEWNS:
        # The directory may not exist in there, or not be this user's: then it starts at the root.
        with contextlib.suppress(OSError):
            os.chdir(visit.cwd)


def _watch(program: int, sandbox: int, lifeline: int) -> int:
    fd = os.pidfd_open(program)
    ready = select.select([fd, sandbox, lifeline], [], [])[0]
    if fd not in ready:
        process.kill(program)
        if not files.readable(fd, KILLED):
            return GONE  # it is frozen, and takes its SIGKILL when it is thawed
    code = os.waitstatus_to_exitcode(os.waitpid(program, 0)[1])
    # The end of a pid namespace kills all that is in it before its first process is seen to have ended.
    if code == -signal.SIGKILL and files.readable(sandbox, 0.2):
        return GONE
    return code if code >= 0 else 128 - code


def _become(visit: _Visit, inner: int | None) -> NoReturn:
    try:
        process.die_with_parent()
        if inner is not None:
            os.login_tty(inner)
        # What Python ignores for its own sake, a program expects to find at the default (signal(7)).
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
        argv = visit.argv or _shell(inner is not None)
        env = _environment(visit.name, argv[0])
        if visit.door:
            env[outside.ENV] = str(visit.door.inner)
        os.execvpe(argv[0], argv, env)
    except FileNotFoundError as e:
        os.write(2, f"nslab enter: {(visit.argv or ['a shell'])[0]}: {e.strerror} in {visit.name}\n".encode())
        os._exit(127)
    except OSError as e:
        os.write(2, f"nslab enter: {(visit.argv or ['a shell'])[0]}: {e.strerror}\n".encode())
    finally:
        os._exit(126)


def _shell(interactive: bool) -> list[str]:
    """The user's own shell, where the sandbox's files have it."""
    for shell in (os.environ.get("SHELL"), "/bin/bash", "/bin/sh"):
        if shell and os.access(shell, os.X_OK):
            return [shell, "-i"] if interactive else [shell]
    raise FileNotFoundError(2, "No such file")


def _environment(name: str, program: str) -> dict[str, str]:
    env = {k: v for k, v in os.environ.items() if k not in (session.ENV, session.KEEPER, "PS1", "PROMPT_COMMAND")}
    env["NSLAB_SANDBOX"] = name
    if os.path.basename(program) == "bash":
        # Run before the first prompt, thus after the start-up files have set theirs.
        env["PROMPT_COMMAND"] = f"PS1='[{name}] '$PS1; unset PROMPT_COMMAND"
    else:
        env["PS1"] = f"[{name}] {'#' if os.geteuid() == 0 else '$'} "
    return env
