"""PID namespaces: a pid 1 of one's own, and all that hangs on it (pid_namespaces(7))."""

from nslab.lazy import subject

__getattr__ = subject(__name__, panel_of="nslab.namespaces.panel")
