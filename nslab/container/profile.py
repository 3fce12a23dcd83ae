"""What a container gets when nothing else is said: what Docker leaves, and what it takes away.

Sources: the documents "Runtime privilege and Linux capabilities" and "Seccomp security profiles for Docker", the OCI
runtime specification (config-linux.md, "Default Filesystems", "Default Devices").
"""

from __future__ import annotations

CAPABILITIES = frozenset({
    "CAP_AUDIT_WRITE", "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_MKNOD",
    "CAP_NET_BIND_SERVICE", "CAP_NET_RAW", "CAP_SETFCAP", "CAP_SETGID", "CAP_SETPCAP", "CAP_SETUID", "CAP_SYS_CHROOT",
})  # fmt: skip
"""The fourteen that Docker leaves to root in a container."""

DENIED = (
    "acct", "add_key", "bpf", "clock_adjtime", "clock_settime", "delete_module", "finit_module", "fsconfig",
    "fsmount", "fsopen", "fspick", "init_module", "io_uring_enter", "io_uring_register", "io_uring_setup", "ioperm",
    "iopl", "kcmp", "kexec_file_load", "kexec_load", "keyctl", "lookup_dcookie", "mbind", "mount", "mount_setattr",
    "move_mount", "move_pages", "name_to_handle_at", "open_by_handle_at", "open_tree", "perf_event_open",
    "pivot_root", "process_vm_readv", "process_vm_writev", "quotactl", "reboot", "request_key", "set_mempolicy",
    "setns", "settimeofday", "swapoff", "swapon", "sysfs", "umount2", "unshare", "uselib", "userfaultfd", "ustat",
    "vhangup",
)  # fmt: skip
"""System calls that get EPERM. Most of them need a capability, too: the filter holds also where that is given away."""
RULES = {**dict.fromkeys(DENIED, "EPERM"), "clone3": "ENOSYS"}
"""clone3() passes its flags in memory, where no filter can look: who hears ENOSYS uses clone(), whose flags it sees."""

DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
"""The files of /dev that each container has."""
LINKS = {"fd": "/proc/self/fd", "stdin": "/proc/self/fd/0", "stdout": "/proc/self/fd/1", "stderr": "/proc/self/fd/2",
         "ptmx": "pts/ptmx"}  # fmt: skip
"""Links in /dev → what they point to."""
MASKED = ("/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
          "/proc/sched_debug", "/proc/scsi", "/proc/timer_list", "/proc/timer_stats", "/sys/devices/virtual/powercap",
          "/sys/firmware")  # fmt: skip
"""What is covered: no namespace separates it, and it tells of the machine, or does something to it."""
READ_ONLY = ("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger")
"""What may be read and not written."""
ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "TERM": "xterm"}
