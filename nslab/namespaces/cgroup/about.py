"""What is said of cgroup namespaces wherever they are listed."""

from nslab.linux.flags import CloneFlag
from nslab.namespaces.about import About

ABOUT = About(
    "cgroup",
    7,
    CloneFlag.CLONE_NEWCGROUP,
    "08-beyond",
    "the root of the cgroups that can be seen",
    "--cgroup",
    kconfig=("CGROUPS",),
)
