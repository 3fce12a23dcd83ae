"""One module for each namespace type, named as in /proc/PID/ns; each has `demo()`."""
