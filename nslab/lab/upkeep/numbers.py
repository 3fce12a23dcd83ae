"""Whether the numbers of processes mean the same everywhere that nslab uses them."""

from __future__ import annotations

from nslab.errors import Unsupported
from nslab.linux import process

OWN_PROC = (
    "mount one: mount -t proc proc /proc in a mount namespace of your own   "
    "(unshare --fork --pid --mount-proc COMMAND does all of it; or use nslab outside of this pid namespace)"
)


def check() -> None:
    """Raise `nslab.Unsupported` where a number of /proc does not mean the same process to a system call.

    By such a number nothing may be read of a process, and nothing done to it.
    """
    if not process.own_proc():
        raise Unsupported(
            "a process of nslab's", "/proc shows another pid namespace than that of this process, or is not there: the "
            "numbers in it would be those of strangers", OWN_PROC,
        )  # fmt: skip


def check_children() -> None:
    """Raise `nslab.Unsupported` where a child has other numbers than this process sees."""
    if not process.shares_pids_with_children():
        raise Unsupported(
            "a process of nslab's", "this Python has called unshare(CLONE_NEWPID), after which its children have other "
            "numbers than it sees", "restart it (in a notebook: Kernel → Restart), and unshare in a child: nslab.clone",
        )  # fmt: skip
