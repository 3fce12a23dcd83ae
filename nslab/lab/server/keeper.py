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

GRACE = 1.0
"""Seconds that the fork server has for its own clean-up once the client is gone."""


def main(control: int, client: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    process.set_name("nslab-keeper")
    process.become_subreaper()
    lifeline_read, lifeline_write = os.pipe()
    if files.readable(client):
        # It was killed already, and may have made cgroups under this session's name by itself.
        _end_session(os.environ[session.ENV])
        return
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
    from nslab.lab.upkeep import registry

    clean()
    registry.open_session(os.environ[session.ENV])
    waiting = select.poll()
    waiting.register(client, select.POLLIN)
    waiting.register(server_fd, select.POLLIN)
    ended = {fd for fd, _ in waiting.poll()}
    if server_fd not in ended:
        waiting.unregister(client)
        waiting.poll(GRACE * 1000)
    cleanup.kill_descendants()
    _end_session(os.environ[session.ENV])


def _end_session(name: str) -> None:
    from nslab.lab.upkeep import cgroup_cleanup, journal, leaf, registry

    cgroup_cleanup.clean(name)
    journal.restore(name)
    leaf.leave()
    registry.close_session(name)


def _serve(control: int, lifeline: int) -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    process.set_name("nslab-server")
    # In UTF-8 whatever the locale is: that is how it is read at the other end.
    sys.stdout.reconfigure(encoding="utf-8", errors="surrogateescape", line_buffering=True)  # type: ignore[union-attr]
    sys.stderr.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]
    try:
        loop.Server(socket.socket(fileno=control), lifeline).run()
        from nslab.lab.upkeep import cgroup_cleanup

        cgroup_cleanup.clean(os.environ[session.ENV])
    finally:
        os._exit(0)


def clean() -> tuple[list[int], list[str], list[str]]:
    """Finish the work of keepers that were killed.

    Return the processes killed, the sessions closed and the cgroups removed. Raises `nslab.Unsupported` where it cannot
    be told who is dead.
    """
    from nslab.lab.upkeep import cgroup_cleanup, journal, numbers, registry

    numbers.check()
    strays = session.kill_strays()
    removed = cgroup_cleanup.clean()
    dead = [name for name in registry.sessions() if session.dead(name)]
    for name in dead:
        journal.restore(name)
        registry.close_session(name)
    return strays, dead, removed


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
