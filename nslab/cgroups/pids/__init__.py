"""The subsystem pids: how many processes and threads a group may have."""

from nslab.lazy import subject

__getattr__ = subject(__name__)
