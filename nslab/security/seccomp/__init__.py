"""Filters of system calls: what a process may ask the kernel at all (seccomp(2))."""

from nslab.lazy import subject

__getattr__ = subject(__name__, panel_of="nslab.security.panel")
