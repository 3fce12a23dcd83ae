"""What is said of devices wherever it is listed."""

from nslab.cgroups.about import About

ABOUT = About(
    "devices",
    8,
    "15-others",
    "which devices may be opened and made",
    in_v2="devices",
    core_file="cgroup.procs",
    spare=5,
    kconfig=("CGROUP_DEVICE",),
)
