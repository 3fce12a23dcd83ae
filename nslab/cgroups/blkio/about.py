"""What is said of blkio wherever it is listed."""

from nslab.cgroups.about import About

ABOUT = About(
    "blkio", 7, "13-blkio", "bytes and operations of disks", in_v2="io", kconfig=("BLK_CGROUP", "BLK_DEV_THROTTLING")
)
