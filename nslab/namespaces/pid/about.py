"""What is said of pid namespaces wherever they are listed."""

from nslab.linux.flags import CloneFlag
from nslab.namespaces.about import About

ABOUT = About(
    "pid",
    3,
    CloneFlag.CLONE_NEWPID,
    "04-pid",
    "process ids, and a pid 1 of one's own",
    "--pid --fork",
    kconfig=("PID_NS",),
)
