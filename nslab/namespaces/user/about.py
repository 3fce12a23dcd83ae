"""What is said of user namespaces wherever they are listed."""

from nslab.linux.flags import CloneFlag
from nslab.namespaces.about import About

ABOUT = About(
    "user",
    6,
    CloneFlag.CLONE_NEWUSER,
    "07-user",
    "user and group ids, and capabilities",
    "--user --map-root-user",
    kconfig=("USER_NS",),
)
