"""What is said of filters of system calls wherever they are listed."""

from nslab.container.about import About

ABOUT = About("seccomp", 2, "17-seccomp", "which system calls a process may make", ("SECCOMP_FILTER",))
