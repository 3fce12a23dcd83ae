"""The subsystem devices: which device nodes a group may open and make."""

from nslab.lazy import subject

__getattr__ = subject(__name__)
