"""What is said of freezer wherever it is listed."""

from nslab.cgroups.about import About

ABOUT = About(
    "freezer",
    9,
    "14-freezer-pids",
    "stop and resume",
    in_v2="freezer",
    core_file="cgroup.freeze",
    spare=4,
    kconfig=("CGROUP_FREEZER",),
)
