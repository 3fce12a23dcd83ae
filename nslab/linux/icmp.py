"""One ping: an echo request and its reply over a raw socket (icmp(7), raw(7))."""

from __future__ import annotations

import os
import socket
import struct
import time

ECHO_REQUEST, ECHO_REPLY = 8, 0


def ping(address: str, seconds: float = 5.0) -> str:
    """Return "reply", or "no reply" after `seconds`. Raises OSError, such as ENETUNREACH where there is no route.

    A veth pair that has just come up may drop its first packets, until the kernel's link watch has run. The ping then
    waits for the second ARP request, which is sent a second after the first (arp(7), retrans_time_ms).
    """
    ident = os.getpid() & 0xFFFF
    packet = struct.pack("!BBHHH", ECHO_REQUEST, 0, _checksum(ident), ident, 1)
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP) as s:
        s.sendto(packet, (address, 0))
        deadline = time.monotonic() + seconds
        while True:
            # What has arrived is looked at in any case: this process may have got no CPU for longer than `seconds`.
            s.settimeout(max(deadline - time.monotonic(), 0.0))
            try:
                data = s.recv(1500)
            except (TimeoutError, BlockingIOError):
                return "no reply"
            header = (data[0] & 0xF) * 4
            kind, _, _, theirs, _ = struct.unpack("!BBHHH", data[header : header + 8])
            if kind == ECHO_REPLY and theirs == ident:
                return "reply"


def _checksum(ident: int) -> int:
    total = (ECHO_REQUEST << 8) + ident + 1
    total = (total & 0xFFFF) + (total >> 16)
    return ~(total + (total >> 16)) & 0xFFFF
