"""What is said of net_cls wherever it is listed."""

from nslab.cgroups.about import About

ABOUT = About("net_cls", 11, "15-others", "a mark on packets", spare=1, kconfig=("CGROUP_NET_CLASSID",))
