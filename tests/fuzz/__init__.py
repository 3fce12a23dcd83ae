"""Random situations: who runs nslab, where, with what taken away, and which command; each from a seed."""
