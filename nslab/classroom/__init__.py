"""A class on one server: who is in it, the hub and its services, and marks that are given by somebody else."""
