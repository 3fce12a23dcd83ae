"""The subsystem memory: what a group may use, what the kernel does at the limit, and what is counted."""

from nslab.lazy import subject

__getattr__ = subject(__name__)
