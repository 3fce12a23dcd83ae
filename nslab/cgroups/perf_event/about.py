"""What is said of perf_event wherever it is listed."""

from nslab.cgroups.about import About

ABOUT = About(
    "perf_event",
    14,
    "15-others",
    "events counted for a group",
    in_v2="perf_event",
    core_file="cgroup.procs",
    spare=3,
    kconfig=("CGROUP_PERF",),
)
