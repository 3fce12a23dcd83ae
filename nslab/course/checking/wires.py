"""What the scenes of several exercises have: a room with wires to sandboxes inside it, and a server.

The room stands for the host, so that an ordinary user can be its root, and nothing is made on the machine's network.
"""

from __future__ import annotations

import contextlib
import socket

from nslab.course.checking.stage import Stage
from nslab.lab.client.place import Place
from nslab.lab.client.sandbox import Sandbox
from nslab.linux import files

FORWARDING = "/proc/sys/net/ipv4/ip_forward"


def room(stage: Stage) -> Sandbox:
    """A sandbox with a network of its own, in which those of the scene are wired to each other."""
    return stage.sandbox("room", net=True, lo=True, uts=True, hostname="room")


def box(stage: Stage, role: str, inside: Place) -> Sandbox:
    """A sandbox with a network of its own, which `inside` is root over; it has lo, which is up."""
    return stage.sandbox(role, parent=inside, net=True, lo=True, uts=True, hostname=role)


def ip(place: Place, *commands: str) -> None:
    """Give ip(8) some commands in a sandbox, without the word ip. Raises RuntimeError with what it said."""
    done = place.run("ip -batch - <<'END'\n" + "\n".join(commands) + "\nEND")
    if done.status:
        raise RuntimeError(f"ip {'; ip '.join(commands)}: {done.stderr.strip()}")


def forward(place: Place) -> None:
    """Have the kernel pass packets on from one interface of a sandbox to another (ip(7), ip_forward)."""
    place.call(files.write, FORWARDING, "1")


def serve(address: str, port: int) -> None:
    """Listen, and take each connection with a word and its end."""
    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((address, port))
        listening.listen()
        print("listening", flush=True)
        while True:
            with listening.accept()[0] as client:
                # Who only asked whether somebody listens may have gone.
                with contextlib.suppress(OSError):
                    client.sendall(b"here\n")
