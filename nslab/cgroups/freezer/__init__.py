"""The subsystem freezer: all that runs in a group is stopped, and goes on later where it was."""

from nslab.lazy import subject

__getattr__ = subject(__name__)
