"""What is said of hugetlb wherever it is listed."""

from nslab.cgroups.about import About

ABOUT = About("hugetlb", 13, "15-others", "huge pages", in_v2="hugetlb", spare=7, kconfig=("CGROUP_HUGETLB",))
