"""What a check may ask of processes and their pid namespaces, from outside (pid_namespaces(7))."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from nslab.course.checking import look
from nslab.course.checking.look import Process
from nslab.linux import ns, process


def running(program: str, *arguments: str) -> list[Process]:
    """The processes of this user that were started as this program, from whichever directory, with these arguments."""
    wanted = (program, *arguments)
    return [
        each
        for each in look.processes()
        if each.uid == os.geteuid() and (Path(each.command[0]).name, *each.command[1:]) == wanted
    ]


def own_number(pid: int) -> int:
    """The number of a process in its own pid namespace: the last of NSpid (proc_pid_status(5))."""
    return process.nspid(pid)[-1]


def first_of(pid: int) -> int | None:
    """The process with the number 1 in the pid namespace of a process, or None where this user cannot see it."""
    inode = ns.inode("pid", pid)
    found = [each.pid for each in look.processes() if each.ns["pid"] == inode]
    return next((each for each in found if own_number(each) == 1), None)


def listed_by_proc(pid: int) -> int | None:
    """The inode number of the pid namespace whose processes the /proc of a process lists.

    None where there is no proc, or where it is one that this user may not look into.
    """
    root = f"/proc/{pid}/root/proc"
    # Whoever looks is not in a namespace further below, and has no number in its proc (ENOENT).
    with contextlib.suppress(OSError):
        if os.readlink(f"{root}/self").isdigit():
            return ns.inode("pid")
    # There is nothing mounted, or its first process is another user's.
    with contextlib.suppress(OSError):
        return os.stat(f"{root}/1/ns/pid").st_ino
    return None


def zombies(pid: int) -> list[int]:
    """The children of a process that have ended and that it has not waited for."""
    return [each for each in process.children(pid) if not process.runs(each)]


def takes(pid: int, signal: int) -> bool:
    """Whether a process has a handler for a signal, or has blocked it to wait for it (SigCgt, SigBlk).

    Of the first process of a pid namespace the kernel drops all others (pid_namespaces(7)).
    """
    of_it = process.status(pid)
    return any(int(of_it[field], 16) >> (signal - 1) & 1 for field in ("SigCgt", "SigBlk"))
