"""The subsystem perf_event: what the kernel counts for perf(1), of one group alone."""

from nslab.lazy import subject

__getattr__ = subject(__name__)
