"""One module for each namespace type, named as in /proc/PID/ns; each has `demo()`."""

TYPES = ("uts", "ipc", "pid", "net", "mnt", "user", "cgroup", "time")
"""Those that have a demo, in the order of the course."""
