"""A machine of its own and a server outside of it: two network namespaces, since tests have no other network."""

from __future__ import annotations

import contextlib
import os
import socket
import sys
from collections.abc import Iterator
from typing import NamedTuple

import nslab
from nslab.lab.client.place import Completed, Place
from nslab.linux import netlink

MACHINE, SERVER, PORT = "192.0.2.1", "192.0.2.2", 8080
"""Addresses for documentation (RFC 5737)."""


class Outside(NamedTuple):
    """`machine` is where nslab is to run, `server` where somebody listens who tells each his address."""

    machine: Place
    server: Place

    def python(self, program: str, *words: str) -> Completed:
        """Run a Python program on the machine."""
        return self.machine.run([sys.executable, "-c", program, *words], timeout=60)


def _connect(pid: int) -> None:
    netlink.add_veth("up0", "down0", pid)
    netlink.bring_up("up0", MACHINE)
    netlink.add_default_route(SERVER)


def _serve() -> None:
    netlink.bring_up("down0", SERVER)
    with socket.create_server((SERVER, PORT)) as listening:
        os.write(1, b"listens\n")
        while True:
            talking, (address, _) = listening.accept()
            talking.sendall(f"you are {address}\n".encode())
            talking.close()


@contextlib.contextmanager
def outside(*, ordinary: bool = False) -> Iterator[Outside]:
    """Both, with a connection between them and the machine's default route to the server.

    With `ordinary` all programs of the machine are an ordinary user's: a uid that is not 0 has no capabilities after an
    execve(2) (capabilities(7)).
    """
    ids = {"uid_map": [(1000, os.geteuid(), 1)], "gid_map": [(1000, os.getegid(), 1)]} if ordinary else {}
    with (
        nslab.Sandbox(net=True, lo=True, user=ordinary, **ids) as machine,
        machine.sandbox(net=True, lo=True) as server,
    ):
        machine.call(_connect, server.pid)
        with server.clone(_serve, stream=False) as listens:
            listens.heard("listens")
            yield Outside(machine, server)
