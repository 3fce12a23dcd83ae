"""Messages on a Unix socket: plain values with their length in front, and descriptors beside them.

Plain values are what marshal writes: it is quicker than pickle and needs no module, which the fork server would carry
through each clone. Both ends are the same Python. Other values are sent as bytes, which the sender has pickled.
"""

from __future__ import annotations

import marshal
import os
import socket
import struct
from collections.abc import Sequence

# `typing` is left out at run time in what the fork server loads: its 0.6 MB would be copied at each clone.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MADE, REFUSED = "made", "refused"
"""How a reply to a request for a clone begins: after it come what was made, or the exception, pickled."""
_LENGTH = struct.Struct("!Q")
_CONTROL_SIZE = socket.CMSG_SPACE(16 * 4)


class Closed(Exception):
    """The other end is gone."""


def pack(message: Any) -> bytes:
    """A message as it is sent. Raises ValueError for what is not plain."""
    data = marshal.dumps(message)
    return _LENGTH.pack(len(data)) + data


def send(sock: socket.socket, packed: bytes, fds: Sequence[int] = ()) -> None:
    """Send one packed message with descriptors. Raises `Closed` when no one is there to read it."""
    control = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, struct.pack(f"{len(fds)}i", *fds))] if fds else []
    try:
        sent = sock.sendmsg([packed], control, socket.MSG_NOSIGNAL)
        if sent < len(packed):
            sock.sendall(packed[sent:], socket.MSG_NOSIGNAL)
    except (BrokenPipeError, ConnectionResetError):
        raise Closed from None


def write(fd: int, message: Any) -> None:
    """Send one message without descriptors on a socket's number. Raises `Closed` when no one is there to read it."""
    data = pack(message)
    try:
        while data:
            data = data[os.write(fd, data) :]
    except (BrokenPipeError, ConnectionResetError):
        raise Closed from None


def receive(sock: socket.socket) -> tuple[Any, list[int]]:
    """Wait for one message and return it with its descriptors (close-on-exec). Raises `Closed` at the end."""
    fds: list[int] = []
    try:
        head, control, _, _ = sock.recvmsg(_LENGTH.size, _CONTROL_SIZE, socket.MSG_CMSG_CLOEXEC)
        for level, kind, data in control:
            if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                fds += struct.unpack(f"{len(data) // 4}i", data)
        head += _exactly(sock, _LENGTH.size - len(head)) if head else b""
        if not head:
            raise Closed
        return marshal.loads(_exactly(sock, _LENGTH.unpack(head)[0])), fds
    except ConnectionResetError:
        raise Closed from None


class Incoming:
    """Messages without descriptors, as far as they have come: whoever sends one may be stopped in the middle of it."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._data = bytearray()

    @property
    def broken_off(self) -> bool:
        """Whether half a message has come."""
        return bool(self._data)

    def take(self) -> list[Any]:
        """Read once what there is, without waiting; return what is complete now. Raises `Closed` at the end."""
        try:
            piece = self._sock.recv(1 << 16, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return []
        except ConnectionResetError:
            raise Closed from None
        if not piece:
            raise Closed
        self._data += piece
        found, begin = [], 0
        while len(self._data) >= begin + _LENGTH.size:
            end = begin + _LENGTH.size + _LENGTH.unpack_from(self._data, begin)[0]
            if len(self._data) < end:
                break
            found.append(marshal.loads(memoryview(self._data)[begin + _LENGTH.size : end]))
            begin = end
        del self._data[:begin]
        return found


def _exactly(sock: socket.socket, size: int) -> bytes:
    data = bytearray()
    while len(data) < size:
        piece = sock.recv(min(size - len(data), 1 << 20))
        if not piece:
            raise Closed
        data += piece
    return bytes(data)
