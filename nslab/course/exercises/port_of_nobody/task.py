"""A listening socket whose holders are in the same network, and in another pid namespace (namespaces(7), ss(8))."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
from collections.abc import Iterator, Mapping
from random import Random

from nslab.course.checking import look
from nslab.course.checking.exercise import Exercise
from nslab.course.checking.look import Process
from nslab.course.checking.outcome import Finding
from nslab.course.checking.scene import Scene
from nslab.course.checking.stage import Stage
from nslab.linux import files, ns, process

ROLES = ("mail", "batch", "stats")
LISTENS = "0A"
"""The state TCP_LISTEN in /proc/net/tcp (proc(5))."""
HOLDERS = (
    "Ports belong to the network namespace, what ps shows to the pid namespace. Who else is in the network of shop?",
    "readlink /proc/self/ns/net in each sandbox. In one that shares the network of shop, ss -ltnp shows who listens.",
    "A socket is free when the last process that has it open ends: a child of who opened it has it open, too.",
    "nslab enter port-of-nobody.ROLE ss -ltnp, in the sandboxes that share the network; kill all that hold the port.",
)


class Task(Exercise):
    """Two of the others share the network of `shop`, one of which holds the port, twice; the third has a network of its
    own, and the same port there.
    """

    lesson = "05"
    place = 6
    kind = "mend"
    incident = True
    namespaces = ("net", "pid", "mnt")
    programs = ("ss",)

    def values(self, draw: Random) -> Mapping[str, str | int | float]:
        return {"port": draw.randint(3000, 9999)}

    def scene(self, stage: Stage) -> None:
        port, free = int(stage.values["port"]), int(stage.values["port"]) + stage.draw.randint(1, 99)
        holds, shares, apart = stage.draw.sample(ROLES, 3)
        network = stage.sandbox("network", net=True, lo=True, told=False)
        stage.sandbox("shop", parent=network, pid=True, mnt=True)
        for role in ROLES:
            if role == apart:
                box = stage.sandbox(role, pid=True, mnt=True, net=True, lo=True)
            else:
                box = stage.sandbox(role, parent=network, pid=True, mnt=True, may_end=role == holds)
            args = (free if role == shares else port, 1 if role == holds else 0)
            server = stage.call(f"{role}-server", serve, where=box, args=args, may_end=role == holds, told=False)
            server.heard("\n")

    def forms(self, scene: Scene) -> Mapping[str, object]:
        servers = {role: scene.members[f"{role}-server"] for role in ROLES}
        network = ns.inode("net", scene.pid("shop"))
        holder = next(each.pid for each in servers.values() if each.may_end)
        apart = next(each.pid for each in servers.values() if ns.inode("net", each.pid) != network)
        sandboxes = {role: scene.pid(role) for role in ("shop", *ROLES)}
        return {"holder": holder, "apart": apart, **sandboxes}

    def check(self, scene: Scene) -> Iterator[Finding]:
        shop, port = scene.pid("shop"), int(scene.values["port"])
        sockets = look.inside(shop, ["net"], lambda: _listening(port))
        network = ns.inode("net", shop)
        holders = [each for each in look.processes() if each.ns["net"] == network and _open_sockets(each) & sockets]
        outside = [each for each in holders if each.ns["pid"] != ns.inode("pid", shop)]
        looked = f"the processes that hold a socket listening on port {port} in the network of shop"
        found = f"{len(outside)} outside of shop" if holders or not sockets else "some that you may not look at"
        yield Finding("holders", looked, "0 outside of shop", found, not outside and bool(holders or not sockets),
                      HOLDERS)  # fmt: skip


def serve(port: int, workers: int) -> None:
    """Listen on a port, with so many children that have the socket open, too; say so, and stay."""
    process.set_name("server")
    listening = socket.create_server(("", port))
    for _ in range(workers):
        if process.fork() == 0:
            # Who waits for the output of this process waits for no child of it.
            os.closerange(0, listening.fileno())
            signal.pause()
    print("listens")
    signal.pause()


def _listening(port: int) -> set[int]:
    """The inode numbers of the sockets that listen on a TCP port in this process's network namespace."""
    lines = [line.split() for name in ("tcp", "tcp6") for line in _lines(f"/proc/thread-self/net/{name}")]
    return {int(line[9]) for line in lines if line[3] == LISTENS and int(line[1].rpartition(":")[2], 16) == port}


def _lines(path: str) -> list[str]:
    # A kernel without IPv6 has no such file.
    with contextlib.suppress(FileNotFoundError):
        return files.read(path).splitlines()[1:]
    return []


def _open_sockets(of: Process) -> set[int]:
    found = set()
    # It has ended, or is not this user's to look at.
    with contextlib.suppress(OSError):
        for fd in os.listdir(f"/proc/{of.pid}/fd"):
            # This very descriptor was closed.
            with contextlib.suppress(FileNotFoundError):
                target = os.readlink(f"/proc/{of.pid}/fd/{fd}")
                if target.startswith("socket:["):
                    found.add(int(target[len("socket:[") : -1]))
    return found
