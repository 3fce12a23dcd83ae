"""System V message queues, semaphores and shared memory (sysvipc(7)), and POSIX message queues (mq_overview(7))."""

from __future__ import annotations

import ctypes
import os
import struct
from ctypes import c_char_p, c_int, c_size_t, c_void_p

from nslab.linux import files
from nslab.linux.libc import function

IPC_CREAT, IPC_EXCL, IPC_NOWAIT, IPC_RMID = 0o1000, 0o2000, 0o4000, 0

_msgget = function("msgget", c_int, c_int)
_semget = function("semget", c_int, c_int, c_int)
_shmget = function("shmget", c_int, c_size_t, c_int)
_msgctl = function("msgctl", c_int, c_int, c_void_p)
_semctl = function("semctl", c_int, c_int, c_int)
_shmctl = function("shmctl", c_int, c_int, c_void_p)
_msgsnd = function("msgsnd", c_int, c_char_p, c_size_t, c_int)
_shmat = function("shmat", c_int, c_void_p, c_int)
_mq_open = function("mq_open", c_char_p, c_int, ctypes.c_uint, c_void_p)


def get(kind: str, key: int, *, create: bool = False) -> int:
    """Return the id of the object of `kind` ("msg", "sem", "shm") with this key (msgget(2), semget(2), shmget(2)).

    Raises FileNotFoundError (ENOENT) when there is none, FileExistsError (EEXIST) on `create` when there is one.
    """
    flags = (IPC_CREAT | IPC_EXCL | 0o600, "IPC_CREAT|IPC_EXCL|0600") if create else 0
    shown = (key, hex(key))
    if kind == "msg":
        return _msgget(shown, flags)
    if kind == "sem":
        return _semget(shown, 1 if create else 0, flags)
    return _shmget(shown, 4096 if create else 0, flags)


def remove(kind: str, id: int) -> None:
    """Remove the object with this id (msgctl(2), semctl(2), shmctl(2) with IPC_RMID). Raises OSError."""
    rmid = (IPC_RMID, "IPC_RMID")
    if kind == "msg":
        _msgctl(id, rmid, None)
    elif kind == "sem":
        _semctl(id, 0, rmid)
    else:
        _shmctl(id, rmid, None)


def mq_open(name: str, *, create: bool = False) -> None:
    """Open the POSIX message queue `name` ("/…") and close it again (mq_open(3)). Raises FileNotFoundError, OSError."""
    flags = (os.O_RDONLY | os.O_CREAT | os.O_EXCL, "O_RDONLY|O_CREAT|O_EXCL") if create else (os.O_RDONLY, "O_RDONLY")
    os.close(_mq_open(name.encode(), flags, 0o600, None))


def send(id: int, size: int) -> None:
    """Put a message of so many bytes into a queue (msgsnd(2)). Raises BlockingIOError (EAGAIN) where it is full."""
    # The type, a positive long, stands before the text and does not count as part of it.
    _msgsnd(id, (struct.pack("l", 1) + b"x" * size, "{1, …}"), size, (IPC_NOWAIT, "IPC_NOWAIT"))


def attach(id: int) -> None:
    """Map a shared memory segment into this process, where it stays until the process ends (shmat(2))."""
    _shmat(id, None, 0)


def table(kind: str) -> list[dict[str, int]]:
    """The objects of `kind` in this process's IPC namespace, as /proc/sysvipc has them (sysvipc(7)).

    What is a number there in octal (perms) is one here, too.
    """
    heads, *lines = files.read(f"/proc/sysvipc/{kind}").splitlines()
    names = heads.split()
    return [
        {name: int(text, 8 if name == "perms" else 10) for name, text in zip(names, line.split(), strict=True)}
        for line in lines
    ]
