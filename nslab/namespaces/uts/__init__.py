"""UTS namespaces: a host name and a domain name of one's own (uts_namespaces(7))."""

from nslab.lazy import subject

__getattr__ = subject(__name__, panel_of="nslab.namespaces.panel")
