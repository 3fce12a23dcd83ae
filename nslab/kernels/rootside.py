"""What sudo starts: root's side of `demo(on="sudo")`, which makes one experiment after another.

Each line on its stdin is a request, each on its stdout the answer to one, both in JSON: nothing of the user's is
unpickled here. It watches who started it, and ends with him: what its experiments made is then ended as for a notebook
that is interrupted, and if that takes too long, as for one that is killed, by the keeper of its own session.
"""

from __future__ import annotations

import importlib
import json
import os
import select
import signal
import threading
import time
from queue import SimpleQueue
from typing import Any

from nslab.kernels.answers import answer
from nslab.lab.client.host import host
from nslab.linux import process

OFF = b"off"
"""The line that ends it."""
READY = "ready"
END = 6.0
"""Seconds within which it ends what it does; after that its keeper does that."""


def main(client: int) -> None:
    """Serve the process `client`, which has started sudo."""
    os.chdir("/")
    # What root compiles would lie among the user's own files.
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    signal.signal(signal.SIGINT, signal.default_int_handler)
    orders, answers = os.dup(0), os.dup(1)
    null = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
    for fd in (0, 1):
        os.dup2(null, fd)
    try:
        client_fd = os.pidfd_open(client)
    except ProcessLookupError:
        return
    # Only when it has not ended, this process descends from it; else the number may be another's by now.
    if client not in process.line():
        return
    requests: SimpleQueue[dict[str, Any]] = SimpleQueue()
    try:
        threading.Thread(target=_listen, args=(orders, client_fd, requests), daemon=True).start()
        importlib.import_module("nslab.experiment.run")
        _say(answers, READY)
        while True:
            _say(answers, answer(requests.get()))
    except (KeyboardInterrupt, BrokenPipeError):
        host().close()


def _say(answers: int, what: Any) -> None:
    line = json.dumps(what).encode() + b"\n"
    while line:
        line = line[os.write(answers, line) :]


def _listen(orders: int, client: int, requests: SimpleQueue[dict[str, Any]]) -> None:
    """Hand on the requests, and see to it that the process ends when there can be no more."""
    try:
        _hand_on(orders, client, requests)
    finally:
        main_thread = threading.main_thread().ident
        assert main_thread is not None
        process.interrupt(main_thread)
        time.sleep(END)
        process.kill(os.getpid())


def _hand_on(orders: int, client: int, requests: SimpleQueue[dict[str, Any]]) -> None:
    waiting = select.poll()
    for fd in (orders, client):
        waiting.register(fd, select.POLLIN)
    said = b""
    while client not in {fd for fd, _ in waiting.poll()}:
        more = os.read(orders, 1 << 16)
        *lines, said = (said + more).split(b"\n")
        if not more or OFF in lines:
            return
        for line in lines:
            requests.put(json.loads(line))
