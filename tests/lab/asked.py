"""`python -m tests.lab.asked`: how processes end that are asked to as they begin to wait. Small: it forks quickly."""

import os
import select
import signal

from nslab.linux import wakeup

ROUNDS = 300
"""A plain select() loses one signal in a hundred of those that come as it begins."""


def to_end(wait):
    """Fork, have the child wait for what never comes, send SIGTERM as it begins; return how it ended."""
    begins, say = os.pipe()
    never, held = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            signal.signal(signal.SIGTERM, _leave)
            os.write(say, b".")
            wait(never)
        except SystemExit as e:
            status = e.code
        finally:
            os._exit(status)
    os.read(begins, 1)
    os.kill(child, signal.SIGTERM)
    ended = os.pidfd_open(child)
    try:
        if not select.select([ended], [], [], 20)[0]:
            os.kill(child, signal.SIGKILL)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    finally:
        for fd in (begins, say, never, held, ended):
            os.close(fd)


def _leave(number, _):
    raise SystemExit(100 + number)


if __name__ == "__main__":
    print({to_end(wakeup.wait) for _ in range(ROUNDS)})
