"""The subsystem blkio ("io" in v2): how many bytes and operations per second a group may move to and from a disk."""

from nslab.lazy import subject

__getattr__ = subject(__name__)
