"""What sends packets inside the groups. Imported by the fork server, so it stays small."""

from __future__ import annotations

import os
import socket
import time

from nslab.cgroups.bench.load import READY, report

ADDRESS = "127.0.0.1"


def send(port: int, packets: int, seconds: float) -> None:
    """Send so many UDP packets to itself on lo, evenly over this time; print their number and SO_PRIORITY, and wait."""
    # The socket is made here, inside the group: the kernel notes the group of whoever makes a socket.
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind((ADDRESS, port))
        os.write(1, READY.encode())
        start = time.monotonic()
        for number in range(packets):
            time.sleep(max(0.0, start + number * seconds / packets - time.monotonic()))
            s.sendto(b"nslab", (ADDRESS, port))
        report(packets, s.getsockopt(socket.SOL_SOCKET, socket.SO_PRIORITY))
