"""What a check may ask of the network of a process: whom it reaches, and who has an address."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Mapping

from nslab.course.checking import look
from nslab.linux import icmp

TRY = 0.15
"""Seconds to wait for an answer; inside one machine it takes less than a millisecond."""
ACCEPTED, REPLY = "accepted", "a reply"


def connects(pid: int, address: str, port: int) -> str:
    """What comes of a TCP connection from where a process is: ACCEPTED, or what the kernel says."""
    return str(look.inside(pid, ["net"], lambda: _connects(address, port)))


def _connects(address: str, port: int) -> str:
    try:
        with socket.create_connection((address, port), TRY):
            return ACCEPTED
    except TimeoutError:
        return f"no answer within {TRY} s"
    except OSError as e:
        return _in_words(e)


def pings(pid: int, address: str) -> str:
    """What comes of a ping from where a process is: REPLY, or what the kernel says."""
    return str(look.inside(pid, ["net"], lambda: _pings(address)))


def _pings(address: str) -> str:
    try:
        return REPLY if icmp.ping(address, TRY) == "reply" else f"no reply within {TRY} s"
    except OSError as e:
        return _in_words(e)


def _in_words(error: OSError) -> str:
    number = error.errno or 0
    return f"{errno.errorcode.get(number, 'an error')}: {os.strerror(number)}"


def who_has(address: str, places: Mapping[str, int]) -> list[str]:
    """The names of the places (name → a process there) that have an address on one of their interfaces."""
    found = []
    for name, pid in places.items():
        listed = (each.partition("/")[0] for of_one in look.addresses(pid).values() for each in of_one)
        if address in listed:
            found.append(name)
    return found
