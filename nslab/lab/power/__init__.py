"""What this process may do: which capabilities over what, which CPUs, which limits, which mounts, whose /proc.

The one place that looks it up. What it finds are plain values; nothing is looked up before it is asked for.
"""
