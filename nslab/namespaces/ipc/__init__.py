"""IPC namespaces: System V objects and POSIX message queues of one's own (ipc_namespaces(7))."""

from nslab.lazy import subject

__getattr__ = subject(__name__, panel_of="nslab.namespaces.panel")
