"""What is said of memory wherever it is listed."""

from nslab.cgroups.about import About

ABOUT = About(
    "memory", 6, "12-memory", "memory: limits, the OOM kill, what is counted", in_v2="memory", kconfig=("MEMCG",)
)
