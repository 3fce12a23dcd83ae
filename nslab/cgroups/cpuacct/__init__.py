"""The subsystem cpuacct: how much CPU time each group has used, which is what a bill is made of."""

from nslab.lazy import subject

__getattr__ = subject(__name__)
