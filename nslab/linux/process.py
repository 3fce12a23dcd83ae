"""What a process can ask about itself and its children: prctl(2), kill(2), /proc/PID."""

from __future__ import annotations

import ctypes
import os
import signal
import time
from ctypes import c_int, c_ulong

from nslab.linux import files, ns, trace
from nslab.linux.libc import function
from nslab.signals import signal_name

# `typing` is left out at run time in what the fork server loads: its 0.6 MB would be copied at each clone.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection

_prctl = function("prctl", c_int, c_ulong, c_ulong, c_ulong, c_ulong)
_raw_prctl = ctypes.PyDLL(None).prctl

CAP_SETGID = 6
CAP_SYS_PTRACE = 19
CAP_SYS_ADMIN = 21
PR_SET_PDEATHSIG = 1
SIGKILL = int(signal.SIGKILL)
PR_SET_CHILD_SUBREAPER = 36
HOUR = 3600.0
_FORK = ("CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID|SIGCHLD",)


def die_with_parent() -> None:
    """Ask the kernel to kill this process when its parent dies (prctl(2), PR_SET_PDEATHSIG). Not recorded."""
    # Called in every child, straight and with two plain numbers, which is all that it reads: the bound function's
    # checks and the conversion of an enum touch 100 pages, each of which is copied.
    _raw_prctl(PR_SET_PDEATHSIG, SIGKILL)


def become_subreaper() -> None:
    """Become the parent of orphaned descendants, in place of init (prctl(2), PR_SET_CHILD_SUBREAPER)."""
    _prctl((PR_SET_CHILD_SUBREAPER, "PR_SET_CHILD_SUBREAPER"), 1, 0, 0, 0)


def set_name(name: str) -> None:
    """Set the name that ps(1) shows: up to 15 bytes (/proc/PID/comm)."""
    with trace.plumbing():
        files.write("/proc/self/comm", name[:15])


def working_directory() -> str:
    """Where this process is; "/" when that directory has been removed."""
    try:
        return os.getcwd()
    except FileNotFoundError:
        return "/"


def kill(pid: int, sig: int = signal.SIGKILL) -> None:
    """kill(2), recorded. Raises ProcessLookupError (ESRCH) and PermissionError (EPERM)."""
    trace.recorded("kill", (str(pid), _signal(sig)), os.kill, pid, sig, fatal=True)


def pidfd_send_signal(pidfd: int, sig: int = signal.SIGKILL) -> None:
    """Send a signal to the process behind a pidfd, or behind a directory /proc/PID (pidfd_send_signal(2)), recorded.

    Raises ProcessLookupError (ESRCH) and PermissionError (EPERM).
    """
    shown = (str(pidfd), _signal(sig), "NULL", "0")
    trace.recorded("pidfd_send_signal", shown, signal.pidfd_send_signal, pidfd, sig, fatal=True)


def interrupt(thread: int) -> None:
    """Send SIGINT to one thread of this process, by its Python identity (pthread_kill(3)), recorded."""
    trace.recorded("tgkill", (str(os.getpid()), "…", "SIGINT"), signal.pthread_kill, thread, signal.SIGINT)


def set_affinity(cpus: Collection[int]) -> None:
    """Let this thread run on these CPUs alone (sched_setaffinity(2)), recorded. Raises OSError: EINVAL where its
    cpuset has none of them.
    """
    shown = ("0", "…", f"[{' '.join(map(str, sorted(cpus)))}]")
    trace.recorded("sched_setaffinity", shown, os.sched_setaffinity, 0, cpus)


def _signal(sig: int) -> str:
    return signal_name(sig) if sig else "0"


def fork() -> int:
    """fork(2) with Python's hooks: the child's pid, 0 in the child. Recorded as the clone(2) that the C library makes.

    Raises OSError: EAGAIN where a limit on processes is reached, ENOMEM also where a pid namespace has lost its init.
    """
    when = time.time_ns()
    try:
        pid = os.fork()
    except OSError as e:
        trace.note("clone", _FORK, -1, e.errno or 0, when=when)
        raise trace.failure("clone", _FORK, e.errno or 0) from None
    if pid:
        trace.note("clone", _FORK, pid, when=when)
    return pid


def outliving(function: Callable[[], None]) -> int:
    """Have another process call a function once this one has ended, also by SIGKILL; return that process's pid.

    It is in a session of its own, so that a terminal's signals spare it. Whoever has done himself what the function
    does kills it. Raises OSError. Source: pidfd_open(2).
    """
    watched = ns.pidfd_open(os.getpid())
    pid = fork()
    if pid == 0:
        os.setsid()
        while not files.readable(watched, HOUR):
            pass
        function()
        os._exit(0)
    os.close(watched)
    return pid


def pid_of(pidfd: int) -> int:
    """The process behind a pidfd, as the mounted /proc numbers it (pidfd_open(2), proc_pid_fdinfo(5)).

    That need not be how this process's own pid namespace numbers it. Raises ProcessLookupError when it is gone.
    """
    for line in files.read(f"/proc/self/fdinfo/{pidfd}").split("\n"):
        if line.startswith("Pid:") and int(line.split()[1]) > 0:
            return int(line.split()[1])
    raise ProcessLookupError(f"no process behind descriptor {pidfd}")


def status(pid: int | str = "self") -> dict[str, str]:
    """The fields of /proc/PID/status (proc_pid_status(5)). Raises OSError when the process is gone."""
    fields = (line.partition(":") for line in files.read(f"/proc/{pid}/status").split("\n"))
    return {key: value.strip() for key, _, value in fields}


def arguments(pid: int | str = "self") -> list[str]:
    """What the process was started with (proc_pid_cmdline(5)); none of a kernel thread. Raises OSError."""
    return files.read(f"/proc/{pid}/cmdline").removesuffix("\0").split("\0")


def io(pid: int | str = "self") -> dict[str, int]:
    """What the process has read and written so far (proc_pid_io(5)). Raises OSError when it is gone, or another's."""
    return {
        key: int(value) for key, _, value in (line.partition(":") for line in files.read(f"/proc/{pid}/io").split("\n"))
    }


def nspid(pid: int | str = "self") -> tuple[int, ...]:
    """The process's ids, from the reader's pid namespace down to its own (NSpid of /proc/PID/status)."""
    return tuple(int(n) for n in status(pid)["NSpid"].split())


def own_proc() -> bool:
    """Whether the mounted /proc numbers processes as this process's own pid namespace does.

    NSpid lists the ids of a process from the namespace of that /proc down to its own: with one alone they are the same
    (proc_pid_status(5)). Comparing /proc/self with getpid(2) is not enough, as both namespaces may use the same number.
    """
    try:
        return status()["NSpid"].split() == [str(os.getpid())]
    except (OSError, KeyError):
        return False


def shares_pids_with_children() -> bool:
    """Whether children are made in this process's own pid namespace; not so after unshare(CLONE_NEWPID).

    Source: proc_pid_ns(5), pid_for_children. It cannot be looked up as long as the new namespace has no first process.
    """
    try:
        return os.stat("/proc/self/ns/pid_for_children").st_ino == os.stat("/proc/self/ns/pid").st_ino
    except OSError:
        return False


def line() -> list[int]:
    """This process, its parent, and so on up, as far as can be seen from here."""
    found = [os.getpid()]
    try:
        while above := parent(found[-1]):
            found.append(above)
    except OSError:
        pass  # where /proc is another pid namespace's
    return found


def starttime(pid: int | str = "self") -> int:
    """Clock ticks from boot to the start of the process; with the pid it names one process for ever.

    Field 22 of /proc/PID/stat (proc_pid_stat(5)). Raises OSError when the process is gone.
    """
    return int(_stat(pid)[19])


def runs(pid: int | str) -> bool:
    """Whether the process is there and has not ended: a zombie has, and waits only for its parent to ask."""
    try:
        return _stat(pid)[0] not in "ZX"
    except OSError:
        return False


def parent(pid: int | str) -> int:
    """The parent's pid, field 4 of /proc/PID/stat. Raises OSError when the process is gone."""
    return int(_stat(pid)[1])


def processor(pid: int | str, tid: int) -> int:
    """The CPU that a thread runs on, or ran on last: field 39 of /proc/PID/task/TID/stat. Raises OSError."""
    return int(_stat(f"{pid}/task/{tid}")[36])


def _stat(pid: int | str) -> list[str]:
    # The second field is the command's name in brackets, which may itself hold spaces and brackets.
    return files.read(f"/proc/{pid}/stat").rpartition(")")[2].split()


def children(pid: int | str) -> list[int]:
    """The direct children of all threads of the process (/proc/PID/task/TID/children); none when it is gone."""
    found: list[int] = []
    try:
        for tid in os.listdir(f"/proc/{pid}/task"):
            found += (int(child) for child in files.read(f"/proc/{pid}/task/{tid}/children").split())
    except (FileNotFoundError, ProcessLookupError):
        pass  # it has ended, and has no children any more
    return found


def descendants(pid: int | str) -> list[int]:
    """Every process below `pid`, parents before children."""
    found: list[int] = []
    waiting = children(pid)
    while waiting:
        child = waiting.pop(0)
        found.append(child)
        waiting += children(child)
    return found


def has_capability(bit: int) -> bool:
    """Whether this process holds a capability in its effective set (capabilities(7); 21 is CAP_SYS_ADMIN)."""
    return bool(int(status()["CapEff"], 16) >> bit & 1)
