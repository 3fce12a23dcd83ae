"""The subsystem net_cls: a number on the packets of a group, by which tc(8) and nft(8) tell them apart."""

from nslab.lazy import subject

__getattr__ = subject(__name__)
