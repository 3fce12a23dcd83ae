"""Mount namespaces: a list of mounts of one's own (mount_namespaces(7))."""

from nslab.lazy import subject

__getattr__ = subject(__name__, panel_of="nslab.namespaces.panel")
