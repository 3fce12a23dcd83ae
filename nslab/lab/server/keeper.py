"""The process above the fork server: it sees to it that nothing outlives a session.

Run as `python -m nslab.lab.server.keeper FD CLIENT`, the second a pidfd. It forks the fork server and then only waits
for one of two ends: the client's (the notebook kernel) or the fork server's. Whatever the fork server leaves behind
becomes the keeper's child, since it is a subreaper, and is killed.
"""

from __future__ import annotations

import gc
import os
import select
import signal
import socket
import sys

from nslab.lab.server import loop
from nslab.lab.upkeep import cleanup, session
from nslab.linux import files, libc, process
from nslab.linux.clone import clone

# `typing` is left out at run time in what the fork server loads: its 0.6 MB would be copied at each clone.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

GRACE = 1.0
"""Seconds that the fork server has for its own clean-up once the client is gone."""


def main(control: int, client: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    process.set_name(session.COMMAND)
    process.become_subreaper()
    lifeline_read, lifeline_write = os.pipe()
    if files.readable(client):
        # It was killed already, and may have made cgroups under this session's name by itself.
        _end_session(os.environ[session.ENV])
        return
    # Asked before the client has its first answer, and may end: then nobody knows any more what it came from.
    above = process.line()
    gc.collect()
    libc.give_back()
    gc.freeze()
    pid = clone()
    if pid == 0:
        os.close(lifeline_write)
        _serve(control, lifeline_read)
    os.close(control)
    os.close(lifeline_read)
    server_fd = os.pidfd_open(pid)
    # What is loaded from here on the fork server does not carry.
    from nslab.lab.upkeep import log, registry
    from nslab.linux import signalfd

    name = os.environ[session.ENV]
    whose = process.pid_of(client)
    log.note(f"session {name}: keeper {os.getpid()} has started fork server {pid} for process {whose}")
    signals = signalfd.opened({signal.SIGTERM, signal.SIGHUP})
    _attempt("what others left was not removed", _clean_others, above)
    _attempt("named sandboxes cannot be noted", registry.open_session, name)
    waiting = select.poll()
    for fd in (client, server_fd, signals):
        waiting.register(fd, select.POLLIN)
    ended = {fd for fd, _ in waiting.poll()}
    if server_fd in ended:
        _note_end(pid)
    gone = client in ended
    if gone or server_fd not in ended:
        log.note(f"process {whose} has ended" if gone else log.END + _sender(signals))
    if server_fd not in ended:
        waiting.unregister(client)
        waiting.unregister(signals)
        # It ends when it finds its socket closed, which it does not where the client is still there.
        waiting.poll(GRACE * 1000 if gone else 0)
    below = len(process.descendants("self"))
    if not cleanup.kill_descendants():
        log.note(f"of {below} processes some cannot be killed: {process.descendants('self')}")
    elif below:
        log.note(f"cleaned up: {below} processes killed")
    _end_session(name)
    _attempt("the log was not kept", log.keep, name)


def _attempt(failed: str, step: Callable[..., object], *args: object) -> None:
    """Take one step of the upkeep. What hinders it is noted, and hinders nothing else."""
    try:
        step(*args)
    except Exception as e:
        from nslab.lab.upkeep import log

        log.note_error(failed, e)


def _clean_others(above: list[int]) -> None:
    from nslab.lab.upkeep import log

    killed, closed, removed = clean(above)
    if killed or closed or removed:
        whose = f"cleaned up for keepers that were killed ({', '.join(closed) or 'not registered'})"
        log.note(f"{whose}: {len(killed)} processes, cgroups {', '.join(removed) or 'none'}")


def _sender(signals: int) -> str:
    """Who has sent the keeper which signal."""
    from nslab.lab.upkeep import locks
    from nslab.linux import signalfd
    from nslab.signals import signal_name

    sent = signalfd.read(signals)
    return f"the keeper was sent {signal_name(sent.signal)} by {locks.named(sent.pid)}"


def _note_end(server: int) -> None:
    """Note how the fork server ended: by itself, by an exception that it has noted, or by a signal."""
    from nslab.lab.upkeep import log
    from nslab.signals import signal_name

    status = os.waitstatus_to_exitcode(os.waitpid(server, 0)[1])
    if status < 0:
        log.note(f"{log.END}killed by {signal_name(-status)}{log.killer(server) if status == -signal.SIGKILL else ''}")
    elif status == 0:
        log.note("the fork server has ended, as its socket was closed")


def _end_session(name: str) -> None:
    from nslab.lab.upkeep import cgroup_cleanup, journal, leaf, log, registry

    def clean_cgroups() -> None:
        if removed := cgroup_cleanup.clean(name):
            log.note(f"cleaned up: cgroups {', '.join(removed)}")

    _attempt("cgroups were not removed", clean_cgroups)
    _attempt("settings were not put back", journal.restore, name)
    _attempt("the cgroup of nslab's own processes was not left", leaf.leave)
    _attempt("the session's directory was not removed", registry.close_session, name)


def _serve(control: int, lifeline: int) -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    process.set_name("nslab-server")
    # In UTF-8 whatever the locale is: that is how it is read at the other end.
    sys.stdout.reconfigure(encoding="utf-8", errors="surrogateescape", line_buffering=True)  # type: ignore[union-attr]
    sys.stderr.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]
    status = 1
    try:
        loop.Server(socket.socket(fileno=control), lifeline).run()
        from nslab.lab.upkeep import cgroup_cleanup

        cgroup_cleanup.clean(os.environ[session.ENV])
        status = 0
    except BaseException as e:
        from nslab.lab.upkeep import log

        log.note(f"{log.END}{type(e).__name__}: {e}")
        log.note_error("the fork server", e)
    finally:
        os._exit(status)


def clean(above: Sequence[int] = ()) -> tuple[list[int], list[str], list[str]]:
    """Finish the work of keepers that were killed. The processes `above` are left alone, whatever mark they carry.

    Return the processes killed, the sessions closed and the cgroups removed. Raises `nslab.Unsupported` where it cannot
    be told who is dead.
    """
    from nslab.lab.upkeep import cgroup_cleanup, journal, numbers, registry

    numbers.check()
    strays = session.kill_strays(above)
    removed = cgroup_cleanup.clean()
    dead = [name for name in registry.sessions() if session.dead(name)]
    for name in dead:
        journal.restore(name)
        registry.close_session(name)
    return strays, dead, removed


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
