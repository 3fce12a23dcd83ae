"""What is said of cpuacct wherever it is listed."""

from nslab.cgroups.about import About

ABOUT = About(
    "cpuacct",
    4,
    "11-cpuacct-cpuset",
    "CPU time that was used",
    in_v2="cpuacct",
    core_file="cpu.stat",
    spare=6,
    kconfig=("CGROUP_CPUACCT",),
)
