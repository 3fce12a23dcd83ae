"""The four rules of hierarchies, each on real mounts, and what v2 changed."""

from nslab.lazy import subject

__getattr__ = subject(__name__)
