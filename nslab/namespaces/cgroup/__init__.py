"""Cgroup namespaces: one's own cgroup looks like the root (cgroup_namespaces(7))."""

from nslab.lazy import subject

__getattr__ = subject(__name__, panel_of="nslab.namespaces.panel")
