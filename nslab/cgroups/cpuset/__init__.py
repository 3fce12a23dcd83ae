"""The subsystem cpuset: which CPUs the threads of a group may run on."""

from nslab.lazy import subject

__getattr__ = subject(__name__)
