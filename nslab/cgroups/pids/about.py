"""What is said of pids wherever it is listed."""

from nslab.cgroups.about import About

ABOUT = About("pids", 10, "14-freezer-pids", "how many processes there may be", in_v2="pids", kconfig=("CGROUP_PIDS",))
