"""Situations in which people run nslab, made for real: each case of the field is a test of its own."""
