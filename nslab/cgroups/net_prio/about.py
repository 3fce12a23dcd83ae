"""What is said of net_prio wherever it is listed."""

from nslab.cgroups.about import About

ABOUT = About("net_prio", 12, "15-others", "a priority of packets", spare=2, kconfig=("CGROUP_NET_PRIO",))
