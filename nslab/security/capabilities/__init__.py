"""Capabilities: what root is made of, and who else may have a part of it (capabilities(7))."""

from nslab.lazy import subject

__getattr__ = subject(__name__, panel_of="nslab.security.panel")
