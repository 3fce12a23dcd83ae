"""Fifty system calls that a container may get or not get, each with arguments that change nothing.

They are chosen so that the kernel looks at the privilege first, where it asks for one, and then finds fault with the
arguments: EPERM is a filter's answer or a missing capability's, EINVAL or EBADF shows that the call was let through.
What succeeds is the asking child's own, and ends with it: a namespace, a descriptor, its scheduling. Sources: the man
page of each call, section 2, and where that is silent on the order, the call's first lines in the kernel.
"""

from __future__ import annotations

import os
import struct
from typing import NamedTuple

from nslab.linux.flags import CloneFlag
from nslab.linux.probing import Argument

BAD = 1
"""An address at which nobody has anything (mmap(2), vm.mmap_min_addr)."""
NOWHERE = -1
"""No descriptor."""
HERE = -100
"""AT_FDCWD."""
PID = "the pid of who asks"
UTS = "a descriptor of the UTS namespace that it is in"
_ATTRIBUTE = struct.pack("=IIQQQQQQ", 1, 64, 0, 0, 0, 0, 0, 0) + bytes(8)
"""struct perf_event_attr of 64 bytes: PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_CLOCK."""
_ARRAY = struct.pack("=IIII", 2, 4, 4, 1) + bytes(112)
"""union bpf_attr: a map of the type BPF_MAP_TYPE_ARRAY with one number in it."""
_HANDLE = struct.pack("=Ii", 8, 0xFF) + bytes(8)
"""struct file_handle of a type that no file system has."""
_TICK = struct.pack("=I", 0x4000) + bytes(204)
"""struct timex: ADJ_TICK, with a tick of 0, which is out of range."""


class Call(NamedTuple):
    """`name` as in syscalls(2), `how` what tells it from others of the same name."""

    name: str
    arguments: tuple[Argument | str, ...]
    how: str = ""

    @property
    def key(self) -> str:
        """Its name in the answers."""
        return f"{self.name}, {self.how}" if self.how else self.name


CALLS = (
    # Mounts and roots.
    Call("mount", (0, b"/", 0, 1 << 20 | 1 << 18, 0)),  # MS_SHARED and MS_PRIVATE at once
    Call("umount2", (b"/", 4 | 2)),  # MNT_EXPIRE and MNT_DETACH at once
    Call("pivot_root", (BAD, BAD)),
    Call("chroot", (b"/",)),
    Call("open_tree", (HERE, b"/", 1)),  # OPEN_TREE_CLONE: a mount that is nowhere
    Call("move_mount", (NOWHERE, b"", NOWHERE, b"", 0)),
    Call("fsopen", (BAD, -1)),
    Call("fsmount", (NOWHERE, -1, 0)),
    Call("mount_setattr", (HERE, b"/", 0, bytes(32), 32)),  # to change nothing
    # Namespaces.
    Call("setns", (UTS, 0)),
    Call("unshare", (int(CloneFlag.CLONE_NEWUTS),), "CLONE_NEWUTS"),
    Call("clone", (int(CloneFlag.CLONE_NEWUSER) | 0x200, 0, 0, 0, 0), "CLONE_NEWUSER"),  # and CLONE_FS, which it bars
    Call("clone3", (0, 0)),
    Call("sethostname", (BAD, -1)),
    Call("setdomainname", (BAD, -1)),
    # The kernel itself.
    Call("init_module", (0, 0, 0)),
    Call("finit_module", (NOWHERE, 0, -1)),
    Call("delete_module", (BAD, os.O_NONBLOCK)),
    Call("kexec_load", (0, 0, 0, -1)),
    Call("reboot", (0, 0, 0, 0)),  # without its magic numbers
    Call("bpf", (0, _ARRAY, len(_ARRAY))),
    Call("perf_event_open", (_ATTRIBUTE, -1, 0, NOWHERE, 0)),
    Call("userfaultfd", (0,)),
    Call("io_uring_setup", (0, 0)),
    Call("syslog", (10, 0, 0)),  # SYSLOG_ACTION_SIZE_BUFFER
    Call("acct", (BAD,)),
    Call("swapon", (BAD, 0)),
    Call("swapoff", (BAD,)),
    Call("quotactl", (-1, 0, 0, 0)),
    Call("settimeofday", (0, 0)),
    Call("clock_adjtime", (0, _TICK)),
    Call("iopl", (3,)),
    Call("ioperm", (0x80, 1, 1)),
    # Keys.
    Call("keyctl", (0, -3, 0)),  # KEYCTL_GET_KEYRING_ID of the session's
    Call("add_key", (BAD, BAD, 0, 0, 0)),
    Call("request_key", (BAD, BAD, 0, 0)),
    # Other processes, and files by another way than their path.
    Call("ptrace", (16, 2**22 + 1, 0, 0)),  # PTRACE_ATTACH to a number above all pids (proc(5), pid_max)
    Call("process_vm_readv", (PID, 0, 0, 0, 0, 0)),
    Call("process_vm_writev", (PID, 0, 0, 0, 0, 0)),
    Call("kcmp", (PID, PID, 1, 0, 0)),  # KCMP_VM
    Call("pidfd_getfd", (NOWHERE, NOWHERE, 0)),
    Call("name_to_handle_at", (HERE, b"/", 0, 0, -1)),
    Call("open_by_handle_at", (HERE, _HANDLE, 0)),
    Call("fanotify_init", (4, 0)),  # FAN_CLASS_CONTENT
    Call("ioctl", (NOWHERE, 0x5412, 0), "TIOCSTI"),
    # What it may make of itself.
    Call("setgroups", (0, 0)),
    Call("socket", (2, 3, 1), "SOCK_RAW"),
    Call("socket", (17, 3, 0), "AF_PACKET"),
    Call("sched_setscheduler", (0, 1, struct.pack("=i", 1))),  # SCHED_FIFO
    # The last one: it gives all capabilities, in a user namespace that has nothing yet.
    Call("unshare", (int(CloneFlag.CLONE_NEWUSER),), "CLONE_NEWUSER"),
)
