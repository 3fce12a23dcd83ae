"""Time namespaces: a boot-time clock and a monotonic clock of one's own (time_namespaces(7))."""

from nslab.lazy import subject

__getattr__ = subject(__name__, panel_of="nslab.namespaces.panel")
