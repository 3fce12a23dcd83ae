"""Bring an interface up without netlink: SIOCGIFFLAGS and SIOCSIFFLAGS (netdevice(7))."""

from __future__ import annotations

import fcntl
import socket
import struct

from nslab.linux import trace

SIOCGIFFLAGS = 0x8913
SIOCSIFFLAGS = 0x8914
IFF_UP = 1
_IFREQ = "16sH22x"


def set_up(interface: str) -> None:
    """Set an interface's IFF_UP flag. Raises OSError: ENODEV for an unknown one, EPERM without CAP_NET_ADMIN."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        answer = fcntl.ioctl(s, SIOCGIFFLAGS, struct.pack(_IFREQ, interface.encode(), 0))
        flags = struct.unpack(_IFREQ, answer)[1]
        fcntl.ioctl(s, SIOCSIFFLAGS, struct.pack(_IFREQ, interface.encode(), flags | IFF_UP))
    trace.note("ioctl", ("SIOCSIFFLAGS", f'{{"{interface}", IFF_UP}}'), 0)
