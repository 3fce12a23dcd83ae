"""What is said of cpu wherever it is listed."""

from nslab.cgroups.about import About

ABOUT = About(
    "cpu", 3, "10-cpu", "shares of a CPU, and ceilings", in_v2="cpu", kconfig=("CGROUP_SCHED", "CFS_BANDWIDTH")
)
