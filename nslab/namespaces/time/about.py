"""What is said of time namespaces wherever they are listed."""

from nslab.linux.flags import CloneFlag
from nslab.namespaces.about import About

ABOUT = About(
    "time",
    8,
    CloneFlag.CLONE_NEWTIME,
    "08-beyond",
    "the boot-time and the monotonic clock",
    "--time --boottime 86400",
    kconfig=("TIME_NS",),
)
