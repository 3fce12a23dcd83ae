"""Network namespaces: interfaces, addresses, routes, ports and rules of one's own (network_namespaces(7))."""

from nslab.lazy import subject

__getattr__ = subject(__name__, panel_of="nslab.namespaces.panel")
