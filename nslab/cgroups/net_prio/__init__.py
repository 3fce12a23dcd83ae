"""The subsystem net_prio: the priority of a group's packets, for each interface."""

from nslab.lazy import subject

__getattr__ = subject(__name__)
