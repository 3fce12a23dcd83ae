"""What is said of cpuset wherever it is listed."""

from nslab.cgroups.about import About

ABOUT = About("cpuset", 5, "11-cpuacct-cpuset", "which CPUs may be used", in_v2="cpuset", kconfig=("CPUSETS", "SMP"))
