"""What is said of mnt namespaces wherever they are listed."""

from nslab.linux.flags import CloneFlag
from nslab.namespaces.about import About

ABOUT = About("mnt", 5, CloneFlag.CLONE_NEWNS, "06-mnt", "the list of mounts", "--mount", kconfig=("NAMESPACES",))
