"""What is said of capabilities wherever they are listed."""

from nslab.container.about import About

ABOUT = About(
    "capabilities", 1, "16-capabilities", "the parts that root's power consists of", ("USER_NS", "TMPFS_XATTR")
)
