"""The picture that every course draws: two hierarchies, cgroups in each, and tasks that are in one cgroup of each."""

from nslab.lazy import subject

__getattr__ = subject(__name__)
