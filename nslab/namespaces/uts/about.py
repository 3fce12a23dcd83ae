"""What is said of uts namespaces wherever they are listed."""

from nslab.linux.flags import CloneFlag
from nslab.namespaces.about import About

ABOUT = About(
    "uts", 1, CloneFlag.CLONE_NEWUTS, "02-uts", "the host name and the NIS domain name", "--uts", kconfig=("UTS_NS",)
)
