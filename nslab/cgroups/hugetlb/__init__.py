"""The subsystem hugetlb: how many huge pages a group may have."""

from nslab.lazy import subject

__getattr__ = subject(__name__)
