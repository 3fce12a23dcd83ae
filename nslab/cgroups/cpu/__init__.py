"""The subsystem cpu: shares of a CPU when it is wanted by many, and ceilings that hold always."""

from nslab.lazy import subject

__getattr__ = subject(__name__)
