"""What is said of hierarchy wherever it is listed."""

from nslab.cgroups.about import About

ABOUT = About(
    "hierarchy",
    1,
    "09-hierarchies",
    "task, cgroup, subsystem, hierarchy: the picture of the course",
    subsystem=False,
    kconfig=("CGROUPS",),
)
