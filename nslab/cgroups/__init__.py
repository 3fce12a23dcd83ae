"""Cgroups: the group itself, hierarchies, and one file for each subsystem, named as in /proc/cgroups."""
