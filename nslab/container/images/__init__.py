"""Images and root file systems: layers, what is written and removed in them, what a container covers."""

from nslab.lazy import subject

__getattr__ = subject(__name__)
